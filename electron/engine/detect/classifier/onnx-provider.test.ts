import { describe, expect, test } from "vitest";
import { accelerators, openQuickest } from "./onnx-provider.ts";

describe("what computes", () => {
  const backend = (name: string, bundled = true) => ({ name, bundled });

  test.each([
    { why: "nothing but the processor", backends: [backend("cpu")], platform: "linux", files: [], want: [] },
    {
      why: "CUDA once an operator has added its library, before others",
      ...{ backends: [backend("dml"), backend("cuda", false)], platform: "win32" },
      ...{ files: ["onnxruntime_providers_cuda.dll"], want: ["cuda", "dml"] },
    },
    {
      why: "CUDA by the library of this system alone",
      ...{ backends: [backend("cpu")], platform: "linux", files: ["onnxruntime_providers_cuda.dll"], want: [] },
    },
    {
      why: "CUDA on Linux",
      ...{ backends: [backend("cpu")], platform: "linux", files: ["libonnxruntime_providers_cuda.so"], want: ["cuda"] },
    },
    { why: "CoreML as it is bundled", backends: [backend("coreml")], platform: "darwin", files: [], want: ["coreml"] },
    { why: "what is named and not bundled", backends: [backend("dml", false)], platform: "win32", files: [], want: [] },
  ] as const)("$why", ({ backends, platform, files, want }) => {
    expect(
      accelerators(backends, platform as NodeJS.Platform, (file) => (files as readonly string[]).includes(file)),
    ).toEqual(want);
  });

  const opening = (works: readonly string[]) => async (provider: string) => {
    if (!works.includes(provider)) throw new Error(`no ${provider} here\nat a place`);
    return `with ${provider}`;
  };

  test.each([
    { works: ["cuda", "dml", "cpu"], provider: "cuda", passedOver: null },
    { works: ["dml", "cpu"], provider: "dml", passedOver: "cuda: no cuda here" },
    { works: ["cpu"], provider: "cpu", passedOver: "cuda: no cuda here; dml: no dml here" },
  ])("of cuda, dml and cpu, where $works work, $provider; why not the others is told", async ({ works, ...want }) => {
    expect(await openQuickest(["cuda", "dml"], opening(works))).toEqual({ ...want, session: `with ${want.provider}` });
  });

  test("a model that the processor cannot run either is told of by that", async () => {
    await expect(openQuickest(["cuda"], opening([]))).rejects.toThrow("no cpu here");
  });
});
