// The two sides share no code for the wire: what the service answers the tasks must understand, and what they tell it must take.
import assert from 'node:assert/strict'
import type { SlotName } from '../../core/function-app/picture.ts'
import { judgeStatus } from '../../core/service/judge-status.ts'
import { toldHub, toldId, toldLine, toldRun } from '../../core/service/told.ts'
import { noCounts, unknownEvidence } from '../../core/task-hub/idle-proof/idle.ts'
import { ignoredProblem, statusAddress } from '../../core/service/status-address.ts'
import type { IdlePolicy } from '../../core/task-hub/idle-proof/policy.ts'
import { strictPolicy } from '../../core/task-hub/idle-proof/policy.ts'
import { noAppState } from '../../state-service/documents/app-state.ts'
import { parseCleanup, parseStaging, parseSwap } from '../../state-service/http/bodies.ts'
import { parseStatusQuery } from '../../state-service/http/query.ts'
import { readTarget } from '../../state-service/http/target.ts'
import type { HubVerdict } from '../../state-service/verdict/hub-verdict.ts'
import { statusReply, unknownReply } from '../../state-service/verdict/status-reply.ts'
import { hubOfShop } from '../support/fake-azure.ts'

const hub = hubOfShop('shop99')
const at = new Date('2026-11-21T10:00:00Z')
const mark = { at, queues: [], partitions: [] }
const lastProof = {
  proof: { generation: 1, policy: '', beganAt: at, provenAt: at, before: mark, after: mark },
  because: 'nothing running',
  counts: noCounts,
  warnings: [],
}
const facts = { app: 'Shop', slot: 'staging', askedAt: at, state: noAppState, storageRequests: 12 }
const question = {
  app: { name: 'shop' },
  slot: 'staging' as SlotName,
  hub,
  policy: strictPolicy,
  maxProofAgeInSeconds: 0,
}
const said = (verdict: 'idle' | 'busy' | 'unknown', because: string) => ({
  ...unknownEvidence(hub, 'storage', because),
  verdict,
})
const judge = (reply: unknown) => judgeStatus(JSON.parse(JSON.stringify(reply)), question)

describe('a status of the service, as the tasks read it', () => {
  const oldest = { instanceId: 'a1', name: 'Order', version: '', status: 'Running', createdAt: at }
  const verdicts: [string, HubVerdict, string, string][] = [
    [
      'a proof',
      { evidence: said('idle', 'nothing running'), grounds: 'proof', lastProof },
      'idle',
      'by the state service: nothing running, proven at 2026-11-21T10:00:00Z',
    ],
    [
      'a kept proof',
      { evidence: said('idle', 'nothing running'), grounds: 'keptProof', keptBecause: 'noWorkerSince', lastProof },
      'idle',
      'by the state service: nothing running, proven at 2026-11-21T10:00:00Z, and nothing has contradicted that since',
    ],
    [
      'a look',
      { evidence: { ...said('busy', '1 running'), oldest, partial: true }, grounds: 'look' },
      'busy',
      'by the state service: 1 running',
    ],
    [
      'an event',
      { evidence: said('busy', "an event says that 'Order' runs"), grounds: 'event', lastProof },
      'busy',
      "by the state service: an event says that 'Order' runs",
    ],
    [
      'nothing',
      { evidence: said('unknown', 'storage cannot be read'), grounds: 'none' },
      'unknown',
      'by the state service: storage cannot be read',
    ],
  ]
  for (const [name, verdict, expected, because] of verdicts) {
    it(`is ${expected} by ${name}`, () => {
      const seen = judge(statusReply(facts, verdict))
      assert.deepEqual([seen.verdict, seen.because], [expected, because])
    })
  }

  it('is unknown of a slot whose hub cannot be told, and says why', () => {
    const seen = judge(unknownReply(facts, "Slot 'staging' has no task hub."))
    assert.deepEqual([seen.verdict, seen.because], ['unknown', "by the state service: Slot 'staging' has no task hub"])
  })
})

describe('the question of a task', () => {
  const policyOf = (patterns: readonly string[]): IdlePolicy => ({
    ...strictPolicy,
    ignoreInstances: patterns.map((pattern) => ({ field: 'id', pattern })),
  })
  const asked = (policy: IdlePolicy) => `/api/v1/apps/${statusAddress({ ...question, policy })}`
  const taken = (policy: IdlePolicy) => {
    const target = readTarget(asked(policy))
    if ('code' in target) return undefined
    const parsed = parseStatusQuery(target.query)
    return 'value' in parsed ? parsed.value : undefined
  }
  const longest = (length: number) => {
    const filled = (letters: number) =>
      policyOf(Array.from({ length: 20 }, (_, at) => 'a'.repeat(at === 0 ? letters : 80)))
    return filled(1 + length - asked(filled(1)).length)
  }

  it('is read by the service as it was meant, with its time to prove', () => {
    const policy = policyOf(['a&b', 'größe*', '100%'])
    const read = taken(policy)
    assert.deepEqual([read?.policy, read?.maxProofAgeMs, read?.waitMs], [policy, 0, 200_000])
  })

  const bounds: [string, IdlePolicy, IdlePolicy][] = [
    ['patterns', policyOf(Array.from({ length: 20 }, () => 'a')), policyOf(Array.from({ length: 21 }, () => 'a'))],
    ['letters of a pattern', policyOf(['a'.repeat(300)]), policyOf(['a'.repeat(301)])],
    ['characters of its address', longest(2048), longest(2049)],
  ]
  for (const [name, most, tooMuch] of bounds) {
    it(`is refused by the task for as many ${name} as by the service, and for no fewer`, () => {
      const problem = (policy: IdlePolicy) => ignoredProblem({ ...question, policy }, 'https://state.example')
      assert.equal(problem(most), undefined)
      assert.notEqual(taken(most), undefined)
      assert.notEqual(problem(tooMuch), undefined)
      assert.equal(taken(tooMuch), undefined)
    })
  }
})

describe('what the tasks tell', () => {
  const odd = {
    nothing: '',
    blanks: '  ',
    'signs that nobody sees': '\u202e\n',
    'more than fits': 'x'.repeat(2000),
    'letters of other alphabets': 'größe 順序',
    'a command of the agent': '##vso[x]',
    'an address with a blank': 'https://dev.example/a b',
  }
  for (const [name, text] of Object.entries(odd)) {
    it(`is taken by the service where the agent says ${name} of the run`, () => {
      const by = toldRun({ id: text, run: text, project: text, link: text })
      const taskHub = toldHub({ account: 'shopdata.example', name: 'h'.repeat(45) })
      const swap = {
        id: toldId(`${text}/7`, taskHub.name, 'rolledBack'),
        sourceSlot: 'staging',
        targetSlot: 'production',
      }
      for (const parsed of [
        parseSwap({ ...swap, taskHub, previous: taskHub, rolledBack: true, by }),
        parseStaging({ taskHub, previous: taskHub, build: toldLine(text), by }),
        parseCleanup({ taskHub, by }),
      ]) {
        assert.ok('value' in parsed, JSON.stringify(parsed))
      }
    })
  }
})
