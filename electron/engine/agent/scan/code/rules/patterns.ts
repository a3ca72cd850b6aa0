/** A comparison whose right side is named as a secret is. */
export const secretOnTheRight =
  /^[^&|?"'`]*[!=]==?\s*[&$@]?(?:[\w$]+(?:\.|->|::|\?\.))*\w*(?:signature|hmac|token|api_?key|secret|digest)(?:\(\))?$/i;
/** What is compared is no value of a secret. */
export const comparesNoSecret = /null|nil\b|None|undefined|typeof|\.length|len\(|\.size|[tT]oken_?[tT]ype|TokenKind/;
