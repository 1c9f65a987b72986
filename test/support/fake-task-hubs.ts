import type { Evidence, EvidenceSource, Verdict } from '../../core/task-hub/idle-proof/evidence.ts'
import type { IdlePolicy } from '../../core/task-hub/idle-proof/policy.ts'
import type { AzureFailure } from '../../core/failures.ts'
import type { StorageAccount } from '../../core/task-hub/hub.ts'
import { partsIn } from '../../core/task-hub/layout.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import { newTally } from '../../core/task-hub/idle-proof/tally.ts'
import type {
  DeleteResult,
  HubPart,
  HubParts,
  InstancesSeen,
  InstancesWanted,
  LiveLease,
  RootsSeen,
  RootsWanted,
  SeenInstance,
  TaskHubs,
} from '../../core/task-hub/ports.ts'
import { endedStatuses } from '../../core/task-hub/rows/instance.ts'
import type { FakeCalls } from './fake-calls.ts'

/** What a hub is like; sane is idle, old, without data and held by nobody. */
export type FakeHubTwist = {
  readonly verdict?: Verdict
  readonly data?: boolean
  readonly heldBy?: string
  readonly active?: Date
  readonly obstacle?: string
  readonly instances?: readonly SeenInstance[]
  /** Begun from outside, at a time that the fake clock will reach. */
  readonly roots?: readonly { readonly id: string; readonly name: string; readonly createdAt: Date }[]
  /** Its tables cannot be read. */
  readonly denied?: AzureFailure
}

type FakeHub = FakeHubTwist & { parts: readonly HubPart[] }

/** The hubs of one storage account. One that was never put in does not exist. */
export class FakeTaskHubs implements TaskHubs {
  readonly account: StorageAccount
  readonly #calls: FakeCalls
  readonly #hubs = new Map<string, FakeHub>()
  /** The account's clock. */
  now: () => Date = () => readAt

  constructor(calls: FakeCalls, account: StorageAccount) {
    this.#calls = calls
    this.account = account
  }

  put(name: HubName, twist: FakeHubTwist): void {
    const known = this.#hubs.get(name.toLowerCase())
    this.#hubs.set(name.toLowerCase(), { parts: partsOf(name), ...known, ...twist })
  }

  letGo(name: HubName): void {
    const { heldBy, ...rest } = this.#hubs.get(name.toLowerCase()) ?? { parts: [] }
    this.#hubs.set(name.toLowerCase(), rest)
  }

  has(name: HubName): boolean {
    return (this.#hubs.get(name.toLowerCase())?.parts.length ?? 0) > 0
  }

  async look(name: HubName, _policy: IdlePolicy, signal: AbortSignal): Promise<Evidence> {
    return await this.#calls.read('look at hub', signal, () => this.evidence(name, 'storage'))
  }

  async parts(name: HubName, signal: AbortSignal): Promise<HubParts> {
    return await this.#calls.read('parts', signal, () => {
      const { parts, data = false, obstacle } = this.#hubs.get(name.toLowerCase()) ?? { parts: [] }
      return { parts, holdsData: data, ...(obstacle === undefined ? {} : { obstacle }) }
    })
  }

  async liveLeases(name: HubName, signal: AbortSignal): Promise<readonly LiveLease[]> {
    return await this.#calls.read('liveLeases', signal, () => {
      const owner = this.#hubs.get(name.toLowerCase())?.heldBy
      return owner === undefined ? [] : [{ on: `${name.toLowerCase()}-control-00`, owner }]
    })
  }

  async lastActivity(name: HubName, signal: AbortSignal): Promise<Date | undefined> {
    return await this.#calls.read('lastActivity', signal, () => this.#hubs.get(name.toLowerCase())?.active)
  }

  async instances(name: HubName, wanted: InstancesWanted, signal: AbortSignal): Promise<InstancesSeen> {
    return await this.#calls.read('instances', signal, () => {
      const found = (this.#hubs.get(name.toLowerCase())?.instances ?? []).filter((each) => isWanted(each, wanted))
      return { instances: found.slice(0, wanted.most), areAll: found.length <= wanted.most, at: readAt }
    })
  }

  async roots(name: HubName, { after, most }: RootsWanted, signal: AbortSignal): Promise<RootsSeen> {
    return await this.#calls.read('roots', signal, () => {
      const hub = this.#hubs.get(name.toLowerCase())
      if (hub?.denied) throw hub.denied
      const at = this.now()
      if (!hub || after === undefined) return { exists: hub !== undefined, roots: [], areAll: true, at }
      const found = (hub.roots ?? []).filter(({ createdAt }) => createdAt > after && createdAt <= at)
      return { exists: true, roots: found.slice(0, most), areAll: found.length <= most, at }
    })
  }

  async deletePart(name: HubName, part: HubPart, signal: AbortSignal): Promise<DeleteResult> {
    const what = part.kind === 'rows' ? part.table : part.name
    return await this.#calls.change('deletePart', `delete ${part.kind} ${what}`, signal, () => {
      const hub = this.#hubs.get(name.toLowerCase())
      const left = hub?.parts.filter((each) => JSON.stringify(each) !== JSON.stringify(part)) ?? []
      if (!hub || left.length === hub.parts.length) return 'absent'
      hub.parts = left
      return 'deleted'
    })
  }

  evidence(name: HubName, source: EvidenceSource): Evidence {
    const known = this.#hubs.get(name.toLowerCase())
    return evidenceOf({ account: this.account, name }, source, known?.verdict ?? 'idle', known !== undefined)
  }
}

/** When every hub is read; the fake clock begins then. */
const readAt = new Date('2026-11-21T10:00:00Z')

function isWanted({ name, status, beganAt }: SeenInstance, { state, from, before, names }: InstancesWanted): boolean {
  const hasEnded = endedStatuses.some((each) => each === status)
  if (state !== 'any' && hasEnded !== (state === 'ended')) return false
  if (names !== undefined && !names.includes(name)) return false
  if (from !== undefined && (beganAt === undefined || beganAt < from)) return false
  return before === undefined || (beganAt !== undefined && beganAt < before)
}

const because = { idle: 'nothing running, nothing queued', busy: '2 running', unknown: 'its rows cannot be read' }

function evidenceOf(hub: Evidence['hub'], source: EvidenceSource, verdict: Verdict, provisioned: boolean): Evidence {
  const running = verdict === 'busy' ? 2 : 0
  return {
    hub,
    source,
    verdict,
    because: because[verdict],
    ...(source === 'storage' ? { provisioned } : {}),
    counts: { ...newTally().counts, running, queuedMessages: 0, leftoverTimers: 0 },
    examples: [],
    inFlightByName: running > 0 ? { Order: running } : {},
    inFlightByVersion: {},
    notChecked: source === 'storage' ? [] : ['control and work-item queues'],
    warnings: [],
  }
}

function partsOf(name: HubName): readonly HubPart[] {
  const low = name.toLowerCase()
  return partsIn(name, {
    queues: [`${low}-control-00`, `${low}-workitems`],
    tables: [`${name}Instances`, `${name}History`],
    containers: [`${low}-leases`],
  })
}
