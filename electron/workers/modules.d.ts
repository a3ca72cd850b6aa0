import type { StoreModule } from "../engine/store/store.ts";
/** Every table of the product. A room that stores something adds its module here. */
export declare const storeModules: readonly StoreModule[];
