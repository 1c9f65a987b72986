// A status as a state service sends it, sane unless it is twisted; built by hand, so that the judge is held to the wire.
export function statusReply(twist: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    contract: 'durable-functions-safe-deployment/status/1',
    app: 'shop',
    slot: 'staging',
    taskHub: { account: 'shopdata', name: 'shop99' },
    verdict: 'idle',
    because: 'nothing running, nothing queued',
    grounds: 'proof',
    askedAt: '2026-11-21T10:00:10.000Z',
    lastProof: { beganAt: '2026-11-21T10:00:00.000Z', provenAt: '2026-11-21T10:00:09.123Z', ageInSeconds: 10 },
    counts: noCounts,
    atLeast: false,
    inFlightByName: {},
    inFlightByVersion: {},
    oldest: null,
    evidence: { source: 'storage', notChecked: [], warnings: [], storageRequests: 12 },
    announced: null,
    ...twist,
  }
}

export const noCounts = {
  running: 0,
  pending: 0,
  suspended: 0,
  unclear: 0,
  busyEntities: 0,
  idleEntities: 0,
  queuedMessages: 0,
  leftoverTimers: 0,
  finishedButNotMarked: 0,
  ignored: 0,
}
