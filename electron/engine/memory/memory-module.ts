import type { StoreModule } from "../store/store.ts";
import {
  allLabels,
  chunkById,
  chunkPage,
  chunksByNumber,
  countChunks,
  droppedChunks,
  hiddenNumbers,
  itemById,
  knownChunks,
  numbersOf,
} from "./chunk-reads.ts";
import { forgetMemoryOf, forgetVectors, storeChunks, storeVectors } from "./chunk-writes.ts";
import { memoryProjection } from "./memory-events.ts";
import { memoryParents, memoryTables } from "./memory-tables.ts";
import { sourceById, sourcePage, sourceStanding, textsOfSource } from "./source-reads.ts";
import { vectorPage, vectorsOf, withoutVector } from "./vector-reads.ts";
import { searchWords } from "./word-search.ts";

/** Chunks with their labels, what they are found by, and what was decided about them. */
export const memoryModule: StoreModule = {
  name: "memory",
  migrations: [
    { id: 600, sql: memoryTables },
    { id: 720, sql: memoryParents },
  ],
  reads: [
    allLabels,
    chunkById,
    chunkPage,
    chunksByNumber,
    countChunks,
    droppedChunks,
    hiddenNumbers,
    itemById,
    knownChunks,
    numbersOf,
    searchWords,
    sourceById,
    sourcePage,
    sourceStanding,
    textsOfSource,
    vectorPage,
    vectorsOf,
    withoutVector,
  ],
  writes: [forgetMemoryOf, forgetVectors, storeChunks, storeVectors],
  projections: [memoryProjection],
};
