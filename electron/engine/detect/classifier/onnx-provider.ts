/** What a model was opened with. */
export interface OpenedWith<T> {
  readonly session: T;
  /** "cpu", "cuda", "coreml", "dml". */
  readonly provider: string;
  /** Quicker ones that were there and could not be used, each with why; null: none. */
  readonly passedOver: string | null;
}

/** CUDA's part of the runtime, which is not in the package: an operator adds it (see the page on deployment). */
const cudaLibraries: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: "libonnxruntime_providers_cuda.so",
  win32: "onnxruntime_providers_cuda.dll",
};

/**
 * What may compute quicker than the processor, the quickest first.
 * @param backends that the runtime names
 * @param isThere whether a file lies beside the runtime's own
 */
export function accelerators(
  backends: readonly { readonly name: string; readonly bundled: boolean }[],
  platform: NodeJS.Platform,
  isThere: (file: string) => boolean,
): string[] {
  const found = ["coreml", "dml"].filter((name) => backends.some((one) => one.bundled && one.name === name));
  const cuda = cudaLibraries[platform];
  return cuda !== undefined && isThere(cuda) ? ["cuda", ...found] : found;
}

/** Opens a model with the first of them that can, and else with the processor. @throws what the processor's part throws */
export async function openQuickest<T>(
  quicker: readonly string[],
  open: (provider: string) => Promise<T>,
): Promise<OpenedWith<T>> {
  const failures: string[] = [];
  const passedOver = () => (failures.length === 0 ? null : failures.join("; "));
  for (const provider of quicker) {
    try {
      return { session: await open(provider), provider, passedOver: passedOver() };
    } catch (error) {
      // Not on this machine, or not for this model.
      failures.push(`${provider}: ${reason(error)}`);
    }
  }
  return { session: await open("cpu"), provider: "cpu", passedOver: passedOver() };
}

/** First line of what the runtime says while no payload is there yet, short. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : "no reason given").split("\n")[0]!.slice(0, 300);
}
