/** One feature's share of the score. */
export interface Contribution {
  readonly feature: string;
  readonly value: number | null;
  readonly contribution: number;
}

/** Stands for the step from the classifier's probability to the base rate of live traffic. */
export const calibrationStep = "calibration";
export const calibrationWords = "Calibration to the rate of attacks";

/**
 * The values with calibration as a step of its own, out of the feature whose value it is part of.
 *
 * @param calibration absent: an engine that does not tell it apart
 */
export function splitCalibration(
  values: readonly Contribution[],
  calibration: { readonly feature: string; readonly contribution: number } | undefined,
): readonly Contribution[] {
  if (calibration === undefined || !values.some(({ feature }) => feature === calibration.feature)) return values;
  return values.flatMap((each) => {
    if (each.feature !== calibration.feature) return [each];
    const own = { ...each, contribution: each.contribution - calibration.contribution };
    return [own, { feature: calibrationStep, value: null, contribution: calibration.contribution }];
  });
}
