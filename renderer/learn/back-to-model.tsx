import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { canaryQuery, sendRollBack } from "../queries/canary.ts";
import { refusalInWords } from "../queries/client.ts";
import { Button } from "../ui/button.tsx";
import { notify } from "../ui/toast.tsx";

/**
 * One click back to the payload model before, beside whatever says that the present one does badly. Not there where that one came by no
 * trial, or another model is on trial: then there is nothing to go back to.
 */
export function BackToModel() {
  const client = useQueryClient();
  const canary = useQuery(canaryQuery()).data;
  const rolling = useMutation({
    mutationFn: sendRollBack,
    networkMode: "always",
    onSuccess(now) {
      client.setQueryData(canaryQuery().queryKey, now);
      notify(`Model ${now.champion.slice(0, 12)} decides again.`);
    },
    onError: (error) => notify(`Not done: ${refusalInWords(error)}`, { tone: "danger" }),
    onSettled: () => {
      for (const resource of ["models", "drift", "health"]) void client.invalidateQueries({ queryKey: [resource] });
    },
  });
  if (canary === undefined || canary.model_id !== null || !canary.can_go_back) return null;
  return (
    <Button
      icon={Undo2}
      disabled={rolling.isPending}
      title={`Model ${canary.champion.slice(0, 12)} was let decide after a trial; the one that decided before decides again`}
      onClick={() => rolling.mutate()}
    >
      Back to the model before
    </Button>
  );
}
