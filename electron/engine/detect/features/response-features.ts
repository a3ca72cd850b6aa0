import { addNumber, createMoments, type FeatureGroup, maxOf, meanOf, share, variationOf } from "./feature-group.ts";

/** Status codes and sizes of the responses. */
export const responseFeatures = {
  descriptions: {
    error_rate: {
      label: "Error rate",
      unit: "1",
      range: [0, 1],
      availability: "response status",
      meaning: "Responses with status 400 or above",
    },
    client_error_rate: {
      label: "Client error rate",
      unit: "1",
      range: [0, 1],
      availability: "response status",
      meaning: "Responses with status 400 to 499",
    },
    server_error_rate: {
      label: "Server error rate",
      unit: "1",
      range: [0, 1],
      availability: "response status",
      meaning: "Responses with status 500 or above: injected input that broke something",
    },
    not_found_rate: {
      label: "Not found rate",
      unit: "1",
      range: [0, 1],
      availability: "response status",
      meaning: "Responses with status 404: guessing of paths",
    },
    denied_rate: {
      label: "Denied rate",
      unit: "1",
      range: [0, 1],
      availability: "response status",
      meaning: "Responses with status 401, 403, 406 or 429: refused by login, filter or limit",
    },
    redirect_rate: {
      label: "Redirect rate",
      unit: "1",
      range: [0, 1],
      availability: "response status",
      meaning: "Responses with status 300 to 399 other than 304",
    },
    n_errors: {
      label: "Errors",
      unit: "responses",
      range: [0, null],
      availability: "response status",
      meaning: "Number of responses with status 400 or above",
    },
    n_server_errors: {
      label: "Server errors",
      unit: "responses",
      range: [0, null],
      availability: "response status",
      meaning: "Number of responses with status 500 or above",
    },
    max_error_run: {
      label: "Longest run of errors",
      unit: "responses",
      range: [0, null],
      availability: "response status",
      meaning: "Most responses in a row with status 400 or above",
    },
    n_statuses: {
      label: "Distinct statuses",
      unit: "statuses",
      range: [0, 1000],
      availability: "response status",
      meaning: "Different response statuses",
    },
    mean_response_size: {
      label: "Mean response",
      unit: "bytes",
      range: [0, null],
      availability: "response size",
      meaning: "Mean decoded size of response bodies",
    },
    max_response_size: {
      label: "Largest response",
      unit: "bytes",
      range: [0, null],
      availability: "response size",
      meaning: "Largest decoded response body: a dump shows here",
    },
    response_size_cv: {
      label: "Variation of response sizes",
      unit: "1",
      range: [0, null],
      availability: "response size",
      meaning: "Standard deviation of response sizes by their mean",
    },
  },
  create() {
    const sizes = createMoments();
    const statuses = new Set<number>();
    let known = 0;
    let client = 0;
    let server = 0;
    let notFound = 0;
    let denied = 0;
    let redirects = 0;
    let run = 0;
    let longestRun = 0;
    return {
      add({ exchange: { response } }) {
        if (response === null) return;
        if (response.size !== null) addNumber(sizes, response.size);
        const { status } = response;
        if (status === null || status < 100) return;
        known++;
        if (statuses.size < 1000) statuses.add(status);
        if (status >= 500) server++;
        else if (status >= 400) client++;
        if (status === 404) notFound++;
        if (status === 401 || status === 403 || status === 406 || status === 429) denied++;
        if (status >= 300 && status < 400 && status !== 304) redirects++;
        run = status >= 400 ? run + 1 : 0;
        longestRun = Math.max(longestRun, run);
      },
      finish() {
        const available = known > 0;
        return {
          error_rate: share(client + server, known),
          client_error_rate: share(client, known),
          server_error_rate: share(server, known),
          not_found_rate: share(notFound, known),
          denied_rate: share(denied, known),
          redirect_rate: share(redirects, known),
          n_errors: available ? client + server : Number.NaN,
          n_server_errors: available ? server : Number.NaN,
          max_error_run: available ? longestRun : Number.NaN,
          n_statuses: available ? statuses.size : Number.NaN,
          mean_response_size: meanOf(sizes),
          max_response_size: maxOf(sizes),
          response_size_cv: variationOf(sizes),
        };
      },
    };
  },
} satisfies FeatureGroup<string>;
