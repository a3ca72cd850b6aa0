/** The number that people know a request of its evidence by, counted from 1 as its lines and entries are. @param index on the wire, from 0 */
export function requestNumber(index: number): number {
  return index + 1;
}
