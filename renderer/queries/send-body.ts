interface Sending {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob;
  readonly signal: AbortSignal | null;
}

/**
 * Sends bytes as `fetch` would, and tells how many are on their way, which `fetch` does not.
 * @param onSent bytes so far @throws TypeError when no answer comes, or the abort reason
 */
export function sendBody(
  url: string,
  { method, headers, body, signal }: Sending,
  onSent: (bytes: number) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const end = (settle: () => void) => {
      signal?.removeEventListener("abort", stop);
      settle();
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => end(() => resolve(new Response(request.responseText, { status: request.status })));
    request.onerror = () => end(() => reject(new TypeError("No answer came.")));
    request.onabort = () => end(() => reject(signal?.reason ?? new TypeError("It was stopped.")));
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) end(() => reject(signal.reason));
    else request.send(body);
  });
}
