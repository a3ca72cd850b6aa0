/** Entry file of a worker thread, `electron/workers/NAME.ts`: the source, or what was built of it. */
export declare function workerEntry(name: string): URL;
/** Entry file of the supervisor process. */
export declare const supervisorEntry: string;
/** The built renderer. From source it is what the last build left. */
export declare const rendererDirectory: string;
/** The preload script of Electron's windows. */
export declare const preloadEntry: string;
/** Models, samples, icons: shipped as files. */
export declare const resourcesDirectory: string;
/** Version of the product, from its package.json. */
export declare const productVersion: string;
