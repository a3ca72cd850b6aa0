/** Settings of the environment that the application is started with. */
export const startsWith: Readonly<Record<"NODE_COMPILE_CACHE" | "MALLOC_ARENA_MAX" | "NODE_OPTIONS", string>>;
