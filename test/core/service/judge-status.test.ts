import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { judgeStatus } from '../../../core/service/judge-status.ts'
import type { StatusQuestion } from '../../../core/service/ports.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { hubOfShop } from '../../support/fake-azure.ts'
import { noCounts, statusReply } from './status-reply.ts'

const question: StatusQuestion = {
  app: { name: 'shop' },
  slot: 'staging' as SlotName,
  hub: hubOfShop('shop99'),
  policy: strictPolicy,
  maxProofAgeInSeconds: 0,
}
type Twist = Readonly<Record<string, unknown>>
const judge = (twist: Twist, asked: Partial<StatusQuestion> = {}) =>
  judgeStatus(statusReply(twist), { ...question, ...asked })
const counts = (twist: Partial<typeof noCounts>) => ({ counts: { ...noCounts, ...twist } })
const lastProof = (twist: Twist) => ({
  lastProof: { ...(statusReply()['lastProof'] as object), ...twist },
})
const evidence = (twist: Twist) => ({
  evidence: { source: 'storage', notChecked: [], warnings: [], storageRequests: 1, ...twist },
})
const kept = (reason: string) => ({ grounds: 'keptProof', keptBecause: reason })

describe('a status of the state service', () => {
  it('is idle where it is proven, and tells since when', () => {
    const seen = judge({})
    assert.equal(seen.verdict, 'idle')
    assert.equal(seen.source, 'stateService')
    assert.equal(seen.because, 'by the state service: nothing running, nothing queued, proven at 2026-11-21T10:00:09Z')
  })

  const idle: [string, Twist, Partial<StatusQuestion>][] = [
    [
      'spells app, slot, hub and account otherwise',
      { app: 'SHOP', slot: 'Staging', taskHub: { account: 'ShopData', name: 'SHOP99' } },
      {},
    ],
    ['does not know the account', { taskHub: { name: 'shop99' } }, {}],
    ['knows the account that the settings hide', {}, { hub: { name: hubOfShop('shop99').name } }],
    [
      'rests on a kept proof, and no worker has been there since',
      { ...kept('noWorkerSince'), ...lastProof({ ageInSeconds: 86_400 }) },
      {},
    ],
    ['rests on a kept proof that is young enough', kept('young'), { maxProofAgeInSeconds: 10 }],
    ['counts idle entities, which do not block', counts({ idleEntities: 3 }), {}],
    [
      'counts busy entities, which are ignored',
      counts({ busyEntities: 3 }),
      { policy: { ...strictPolicy, entityPolicy: 'ignore' } },
    ],
    ['counts messages that are leftover timers', counts({ queuedMessages: 2, leftoverTimers: 2 }), {}],
    [
      'counts messages that are accepted',
      counts({ queuedMessages: 2 }),
      { policy: { ...strictPolicy, acceptInvisibleMessages: true } },
    ],
    ['counts what has ended or is ignored', counts({ finishedButNotMarked: 1, ignored: 4 }), {}],
    ['has fields of a later service', { colour: 'blue' }, {}],
  ]
  for (const [name, twist, asked] of idle) {
    it(`is idle where it ${name}`, () => {
      const seen = judge(twist, asked)
      assert.equal(seen.verdict, 'idle', seen.because)
    })
  }

  const unknown: [string, Twist, Partial<StatusQuestion>, RegExp][] = [
    ['is of another contract', { contract: 'durable-functions-safe-deployment/status/2' }, {}, /'contract' is not/],
    ['names no contract', { contract: undefined }, {}, /'contract' is not/],
    ['is of another app', { app: 'shop2' }, {}, /answers for app 'shop2', not for 'shop'/],
    ['is of another slot', { slot: 'production' }, {}, /answers for slot 'production', not for 'staging'/],
    [
      'sees another hub',
      { taskHub: { account: 'shopdata', name: 'shop98' } },
      {},
      /sees task hub 'shop98' in slot 'staging', which has 'shop99'/,
    ],
    [
      'sees the hub in another account',
      { taskHub: { account: 'other', name: 'shop99' } },
      {},
      /in storage account 'other', and it is in 'shopdata'/,
    ],
    ['sees no hub', { taskHub: null }, {}, /cannot tell which task hub/],
    [
      'says so itself',
      { verdict: 'unknown', because: 'storage cannot be read.' },
      {},
      /^by the state service: storage cannot be read$/,
    ],
    ['has a verdict in other case', { verdict: 'Idle' }, {}, /'verdict' is none of/],
    ['has a verdict of its own', { verdict: 'probablyIdle' }, {}, /'verdict' is none of/],
    ['has grounds of its own', { grounds: 'hearsay' }, {}, /'grounds' is none of/],
    ['is idle by one look', { grounds: 'look' }, {}, /says idle, but rests on 'look', which is no proof/],
    ['is idle by an event', { grounds: 'event' }, {}, /rests on 'event'/],
    ['is idle by nothing', { grounds: 'none' }, {}, /rests on 'none'/],
    ['is idle and was never proven so', { lastProof: null }, {}, /does not say when that was proven/],
    ['is idle by a kept proof, for no reason', { grounds: 'keptProof' }, {}, /why the proof it kept still holds/],
    ['is idle by a kept proof, for a reason of its own', kept('hope'), {}, /'keptBecause' is none of/],
    [
      'is idle by a proof that is too old',
      kept('young'),
      { maxProofAgeInSeconds: 9 },
      /10 s old, and 9 s were asked for/,
    ],
    ['is idle by a part of the hub', { atLeast: true }, {}, /has not seen all/],
    ...(['running', 'pending', 'suspended', 'unclear', 'busyEntities', 'queuedMessages'] as const).map(
      (name): [string, Twist, Partial<StatusQuestion>, RegExp] => [
        `is idle and counts ${name}`,
        counts({ [name]: 2 }),
        {},
        new RegExp(`its counts show work \\(${name}: 2\\)`),
      ],
    ),
    [
      'is idle and counts entities that block',
      counts({ idleEntities: 1 }),
      { policy: { ...strictPolicy, entityPolicy: 'block' } },
      /idleEntities: 1/,
    ],
    ['counts less than nothing', counts({ running: -1 }), {}, /'counts.running' is no whole number from 0/],
    ['counts half an instance', counts({ ignored: 0.5 }), {}, /'counts.ignored' is no whole number/],
    ['counts in texts', { counts: { ...noCounts, pending: '0' } }, {}, /'counts.pending' is no whole number/],
    ['leaves a count out', { counts: { ...noCounts, leftoverTimers: undefined } }, {}, /'counts.leftoverTimers'/],
    ['has no counts', { counts: null }, {}, /'counts' is no JSON object/],
    [
      'has a proof that ends before it began',
      lastProof({ beganAt: '2026-11-21T10:00:10.000Z' }),
      {},
      /ends before it began/,
    ],
    ['has a proof of the future', lastProof({ ageInSeconds: -1 }), {}, /'lastProof.ageInSeconds'/],
    ['has a proof at no time', lastProof({ provenAt: 'today' }), {}, /'lastProof.provenAt' is no time/],
    ['has no sentence', { because: 7 }, {}, /'because' is no text/],
    ['has a sentence without end', { because: 'x'.repeat(4001) }, {}, /'because' is no text of at most 4000/],
    [
      'has warnings without end',
      evidence({ warnings: Array.from({ length: 101 }, () => 'x') }),
      {},
      /'evidence.warnings' is no list/,
    ],
    ['rests on another source', evidence({ source: 'managementApi' }), {}, /'evidence.source' is not 'storage'/],
    ['does not say what was not checked', evidence({ notChecked: undefined }), {}, /'evidence.notChecked'/],
    ['counts names in texts', { inFlightByName: { Order: '1' } }, {}, /'inFlightByName' is no whole number/],
    ['has a list of names', { inFlightByVersion: [] }, {}, /'inFlightByVersion' is no JSON object/],
    ['has half an instance', { oldest: { instanceId: 'a1' } }, {}, /'oldest.name' is no text/],
    ['does not say whether it saw all', { atLeast: 'no' }, {}, /'atLeast' is neither true nor false/],
  ]
  for (const [name, twist, asked, because] of unknown) {
    it(`is unknown where it ${name}`, () => {
      const seen = judge(twist, asked)
      assert.equal(seen.verdict, 'unknown')
      assert.match(seen.because, because)
      assert.equal(seen.hub, asked.hub ?? question.hub)
    })
  }

  for (const json of [
    undefined,
    null,
    true,
    'idle',
    7,
    [],
    [statusReply()],
    {},
    { verdict: 'idle' },
    { hasRunning: false },
  ]) {
    it(`is unknown where the answer is ${json === undefined ? 'nothing' : JSON.stringify(json).slice(0, 40)}`, () => {
      assert.equal(judgeStatus(json, question).verdict, 'unknown')
    })
  }

  it('is unknown with any one field left out', () => {
    const needed = Object.keys(statusReply()).filter((name) => name !== 'askedAt' && name !== 'announced')
    for (const name of needed) assert.equal(judge({ [name]: undefined }).verdict, 'unknown', name)
  })

  it('is unknown in its own words where it cannot tell of the slot at all', () => {
    const told = { verdict: 'unknown', grounds: 'none', taskHub: null, because: "Slot 'staging' has no task hub." }
    assert.equal(judge(told).because, "by the state service: Slot 'staging' has no task hub")
  })

  it('says once of which hub it speaks', () => {
    const because = "Task hub 'shop99' is busy: 2 running."
    assert.equal(judge({ verdict: 'busy', grounds: 'look', because }).because, 'by the state service: 2 running')
  })

  it('is busy where it says so, with all that it tells', () => {
    const oldest = {
      instanceId: 'a1',
      name: 'Order',
      version: '2',
      status: 'Running',
      createdAt: '2026-11-21T08:00:00.000Z',
    }
    const told = { verdict: 'busy', grounds: 'look', because: '2 running.', lastProof: null, atLeast: true, oldest }
    const seen = judge({
      ...told,
      ...counts({ running: 2 }),
      inFlightByName: { Order: 2 },
      inFlightByVersion: { '2': 2 },
    })

    assert.equal(seen.verdict, 'busy')
    assert.equal(seen.because, 'by the state service: 2 running')
    assert.equal(seen.counts.running, 2)
    assert.deepEqual(seen.examples, [{ ...oldest, createdAt: new Date(oldest.createdAt) }])
    assert.deepEqual(seen.inFlightByName, { Order: 2 })
    assert.equal(seen.partial, true)
  })

  it('carries what was not checked and what is to be warned of, fit to print', () => {
    const said = '##vso[task.complete result=Succeeded]\nall done'
    const told = evidence({ notChecked: [said], warnings: [said] })
    const seen = judge({ ...told, because: said, inFlightByName: { [said]: 0 } })

    assert.deepEqual(seen.notChecked.length, 1)
    assert.deepEqual(seen.warnings.length, 1)
    assert.ok(!/##vso\[|\n/.test(JSON.stringify([seen, Object.keys(seen.inFlightByName)]).replaceAll('\\n', '\n')))
  })
})
