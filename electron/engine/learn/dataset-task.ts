import type { DatasetCounts, DatasetFormat, Quality } from "../../../shared/dataset.ts";
import type { DeployedPayload } from "../detect/serving/deployed-payload.ts";
import type { KeyRing } from "../store/key-store.ts";
import type { WireError } from "../store/store-errors.ts";
import type { LineProblem } from "./import-state.ts";

/** Where the thread that makes datasets finds what it reads and writes. */
export interface DatasetPlaces {
  readonly keysPath: string;
  readonly blobsPath: string;
  readonly ring: KeyRing;
}

/** How far such work is. */
export interface DatasetProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
}

export interface MakeVersionTask extends DatasetPlaces {
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A version that was made; nothing of it counts before its event. */
export interface MadeVersion {
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  readonly counts: DatasetCounts;
  readonly quality: Quality;
}

export interface ImportRowsTask extends DatasetPlaces {
  readonly importId: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly format: DatasetFormat;
  /** Judges each row, so that what contradicts it is seen; null: it would take too long. */
  readonly deployed: DeployedPayload | null;
}

export interface ImportedRows {
  readonly rows: number;
  readonly refused: number;
  readonly problems: readonly LineProblem[];
}

export type DatasetAnswer<T> = { readonly done: T } | { readonly error: WireError };
