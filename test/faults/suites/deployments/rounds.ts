// Where a deployment begins: production on one hub, staging on the hub that the version before it has drained.
import { fillHub } from '../../../../emulator/durable/fill.ts'
import type { World } from '../../sockets/world.ts'

export type Round = {
  /** In production, in staging, and the one that the deployment gives to the new version. */
  readonly current: string
  readonly retired: string
  readonly next: string
  readonly build: string
}

const partitionCount = 1

export class Rounds {
  readonly #world: World
  #count = 0

  constructor(world: World) {
    this.#world = world
  }

  /** A hub of which no deployment may take anything: its name begins with the same letters. */
  async fill(): Promise<void> {
    const hub = await this.#hub('shop1x')
    await hub.completed(1)
  }

  /** Puts the slots and the hubs where a deployment begins; the hub in production has work, the retired one has ended its own. */
  async next(): Promise<Round> {
    const world = this.#world
    this.#count += 1
    const round = { current: 'shop2', retired: 'shop1', next: `shop3`, build: String(this.#count) }
    await world.place({
      production: { hub: round.current, version: 'v2' },
      staging: { hub: round.retired, version: 'v1' },
    })
    const left = await this.parts()
    if (!left.includes('shop1Instances')) await (await this.#hub('shop1')).completed(1)
    if (!left.includes('shop2Instances')) await (await this.#hub('shop2')).running({ name: 'Order' })
    await world.putRecord(undefined)
    world.board.clear()
    return round
  }

  /** Queues, tables and containers that are there. */
  async parts(): Promise<readonly string[]> {
    const { storage } = this.#world
    const parts: string[] = []
    for await (const { name } of storage.queues.listQueues()) parts.push(name)
    for await (const { name = '' } of storage.tables.listTables()) parts.push(name)
    for await (const { name } of storage.blobs.listContainers()) parts.push(name)
    return parts
  }

  async #hub(name: string) {
    return await fillHub(this.#world.azure.storage.account().connectionString, name, { partitionCount })
  }
}

const perHub = 7

/** What is wrong with the hubs after the deployment: too much is gone, or, where it ended well, too much is left. */
export function wrongHubs(parts: readonly string[], { retired }: Round, done: boolean): string[] {
  const of = (hub: string) =>
    parts.filter((part) => new RegExp(`^${hub}(-|Instances$|History$|Partitions$)`, 'i').test(part))
  const wrong: string[] = []
  for (const hub of ['shop2', 'shop1x']) {
    if (of(hub).length !== perHub) wrong.push(`of hub '${hub}' ${of(hub).length} parts are left: ${of(hub).join(', ')}`)
  }
  if (done && of(retired).length > 0) wrong.push(`of hub '${retired}' are left: ${of(retired).join(', ')}`)
  return wrong
}
