import type { Application } from "../application.ts";
import { bukuserver } from "./bukuserver.ts";
import { calibreweb } from "./calibreweb.ts";
import { changedetection } from "./changedetection.ts";
import { cloudcmd } from "./cloudcmd.ts";
import { datasette } from "./datasette.ts";
import { isso } from "./isso.ts";
import { jupyterlab } from "./jupyterlab.ts";
import { mlflow } from "./mlflow.ts";
import { moin } from "./moin.ts";
import { nodeRed } from "./node-red.ts";
import { octoprint } from "./octoprint.ts";
import { roundup } from "./roundup.ts";
import { sqliteWeb } from "./sqlite-web.ts";
import { tiddlywiki } from "./tiddlywiki.ts";
import { trac } from "./trac.ts";
import { verdaccio } from "./verdaccio.ts";
import { wagtail } from "./wagtail.ts";

/** Fits may see what people do with these. */
export const fittedTo: readonly Application[] = [
  cloudcmd,
  datasette,
  isso,
  moin,
  nodeRed,
  octoprint,
  sqliteWeb,
  tiddlywiki,
  trac,
];

/** No fit ever sees these. */
export const heldOut: readonly Application[] = [
  bukuserver,
  calibreweb,
  changedetection,
  jupyterlab,
  mlflow,
  roundup,
  verdaccio,
  wagtail,
];
