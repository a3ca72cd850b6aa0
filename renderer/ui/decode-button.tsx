import { Binary } from "lucide-react";
import { sendToDecoder } from "../view/scratch.ts";
import { Button } from "./button.tsx";

/** A value that is a secret as a whole: there is nothing of it to decode. */
const maskText = "\u2022".repeat(8);

/** Opens the decoder with a value. @param of what it is the value of, for those who do not see where the button stands */
export function DecodeButton({ text, of }: { text: string; of: string }) {
  if (text === "" || text === maskText) return null;
  return (
    <Button size="small" tone="ghost" icon={Binary} aria-label={`Decode ${of}`} onClick={() => sendToDecoder(text)}>
      Decode
    </Button>
  );
}
