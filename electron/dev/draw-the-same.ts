import fc from "fast-check";

// `npm test` judges a change, so what its properties draw is the same each time; `npm run torture` draws anew, and much more of it.
if (process.env.TORTURE === undefined) fc.configureGlobal({ seed: 1 });
