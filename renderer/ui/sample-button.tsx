import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { importSampleEvidence } from "../queries/uploads.ts";
import { Button } from "./button.tsx";
import { notify } from "./toast.tsx";

/** One click to something to look at. */
export function SampleButton({ tone = "plain" }: { tone?: "plain" | "primary" }) {
  const client = useQueryClient();
  const samples = useMutation({
    mutationFn: () => importSampleEvidence(client),
    onError: (error) => notify(`The samples were not loaded: ${error.message}`, { tone: "danger" }),
  });
  return (
    <Button tone={tone} icon={FlaskConical} disabled={samples.isPending} onClick={() => samples.mutate()}>
      Load sample evidence
    </Button>
  );
}
