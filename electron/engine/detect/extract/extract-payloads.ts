import type { Exchange, RenderedRequest } from "../../evidence/exchange.ts";
import type { PayloadValue } from "../payload.ts";
import { addBody } from "./body-values.ts";
import { addHeader } from "./header-values.ts";
import { addTarget } from "./url-values.ts";
import { createValueList } from "./value-list.ts";

/** Changes when the same request gives other values: stored with each verdict. */
export const extractorVersion = "5";

export interface Extraction {
  /** In the order of the request. `rendered.text.slice(start, end) === text` holds for each. */
  readonly values: readonly PayloadValue[];
  /** True when there were more values than are read apart. */
  readonly crowded: boolean;
  /** True when it is crowded, or the recorded body is only a beginning. */
  readonly cut: boolean;
}

/**
 * Every value of a request that whoever sent it could choose: path segments, query, headers, cookies and body, each with its
 * place and its offsets in the request as rendered. Linear in the length of the request, without recursion.
 *
 * @param rendered `renderRequest(exchange)`
 */
export function extractPayloads(exchange: Exchange, rendered: RenderedRequest): Extraction {
  const list = createValueList(rendered.text);
  addTarget(list, rendered.targetStart, rendered.targetStart + exchange.target.length);
  let contentType = "";
  const headers = exchange.headers ?? [];
  for (let i = 0; i < headers.length; i++) {
    const [name, value] = headers[i]!;
    const start = rendered.headerValueStarts[i]!;
    addHeader(list, name, value, start, start + value.length);
    if (name.length === 12 && name.toLowerCase() === "content-type") contentType = value;
  }
  if (exchange.body !== null && exchange.body !== "") {
    addBody(list, contentType, rendered.bodyStart, rendered.text.length, exchange.bodyCut);
  }
  return { values: list.values, crowded: list.cut, cut: list.cut || exchange.bodyCut };
}
