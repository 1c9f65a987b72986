/** What the server did since the last reset. */
export type Counters = {
  requests: number
  tableRequests: number
  queueRequests: number
  blobRequests: number
  /** Bodies of answers, as sent. */
  bytes: number
  rowsScanned: number
  rowsSent: number
  emptyPages: number
  throttled: number
  mostAtOnce: number
}

export function newCounters(): Counters {
  return {
    requests: 0,
    tableRequests: 0,
    queueRequests: 0,
    blobRequests: 0,
    bytes: 0,
    rowsScanned: 0,
    rowsSent: 0,
    emptyPages: 0,
    throttled: 0,
    mostAtOnce: 0,
  }
}
