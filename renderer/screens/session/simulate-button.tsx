import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { sendSimulation, simulationStatusQuery } from "../../queries/simulations.ts";
import { Button } from "../../ui/button.tsx";
import { notify } from "../../ui/toast.tsx";
import { ariaKey, useKeyOf, withKey } from "../../view/keys-in-force.ts";
import { goTo } from "../../view/place.ts";
import { useKeys } from "../../view/use-keys.ts";

/** Replays the session's payloads in a sandbox: against the operator's own application where there is one, else the shadow shop. */
export function SimulateButton({ verdictId }: { verdictId: string }) {
  const client = useQueryClient();
  const status = useQuery(simulationStatusQuery()).data;
  const key = useKeyOf("simulate");
  const hasOwn = status?.applications.some(({ application, available }) => application === "own" && available) ?? false;
  const starting = useMutation({
    mutationFn: () => sendSimulation(verdictId, hasOwn ? "own" : "shop"),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ["simulations"] });
      goTo({ screen: "simulations", item: id });
    },
    onError: (error) => notify(error.message, { tone: "danger" }),
  });
  const start = () => {
    if (!starting.isPending) starting.mutate();
  };
  useKeys({ simulate: start });
  const hint = status?.possible === false ? `Not simulated: ${status.detail}` : "Simulate the payloads in a sandbox";
  return (
    <Button
      size="small"
      icon={FlaskConical}
      disabled={starting.isPending}
      title={withKey(hint, key)}
      aria-keyshortcuts={ariaKey(key)}
      onClick={start}
    >
      Simulate
    </Button>
  );
}
