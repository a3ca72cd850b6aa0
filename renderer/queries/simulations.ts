import { queryOptions } from "@tanstack/react-query";
import {
  cancelSimulation,
  compareSimulations,
  getSimulation,
  listSimulations,
  type SimulationApplication,
  simulationStatus,
  startSimulation,
} from "../../shared/simulation.ts";
import { call } from "./client.ts";

export const simulationsQuery = () =>
  queryOptions({
    queryKey: ["simulations", "list"],
    queryFn: ({ signal }) => call(listSimulations, {}, { signal }),
  });

export const simulationQuery = (id: string) =>
  queryOptions({
    queryKey: ["simulations", "one", id],
    queryFn: ({ signal }) => call(getSimulation, { id }, { signal }),
    // Live messages say when to read again; this is for a stream that was lost.
    refetchInterval: (query) => (query.state.data?.ended_at === null ? 5_000 : false),
  });

export const comparisonQuery = (id: string, other: string) =>
  queryOptions({
    queryKey: ["simulations", "compare", id, other],
    queryFn: ({ signal }) => call(compareSimulations, { id, other }, { signal }),
  });

export const simulationStatusQuery = () =>
  queryOptions({
    queryKey: ["simulations", "status"],
    queryFn: ({ signal }) => call(simulationStatus, {}, { signal }),
  });

export const sendSimulation = (verdictId: string, application: SimulationApplication) =>
  call(startSimulation, { verdict_id: verdictId, application });

export const stopSimulation = (id: string) => call(cancelSimulation, { id });
