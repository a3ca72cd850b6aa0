export { derivePin } from "../engine/base/derive-pin.ts";
