// What a situation acts with: one hub, the framework that works on it, and the front between the two.
import type { DotnetWorker, HubOptions } from './dotnet.ts'
import { noMessages, refusal, type Answer, type Front } from './front.ts'
import type { Line, Manager, Partitions } from './lines.ts'
import { storageView, until, type Row, type StorageView } from './storage-view.ts'

export type Start = {
  readonly id: string
  readonly version?: string
  readonly input?: string
  /** Not set: at once. */
  readonly at?: Date
}

export type StageOptions = {
  readonly line: Line
  readonly partitions: Partitions
  readonly hub: string
  readonly manager: Manager
  readonly tracking?: string
  readonly front: Front
  readonly dotnet: DotnetWorker
  /** Storage itself, past the front. */
  readonly storage: string
}

export class Stage {
  readonly options: StageOptions
  readonly view: StorageView
  private readonly hub: HubOptions

  constructor(options: StageOptions) {
    const { hub, partitions, manager, tracking, front } = options
    this.options = options
    this.view = storageView(options.storage, hub, tracking === undefined ? undefined : `${tracking}Instances`)
    const { connectionString } = front
    this.hub = { name: hub, partitions, manager, connectionString, ...(tracking === undefined ? {} : { tracking }) }
  }

  /** Creates the hub as a host does at its start or a client at its first call. */
  provision = () => this.order('provision')
  startWorker = () => this.order('start')
  stopWorker = () => this.order('stop')
  /** The worker's process is no more, with whatever it was doing. */
  crash = () => this.options.dotnet.kill()

  create(name: string, { id, version = '', input = 'in', at }: Start): Promise<unknown> {
    return this.order('create', { name, version, input, instance: id, ...(at ? { at: at.toISOString() } : {}) })
  }
  raise = (instance: string, event: string) => this.order('raise', { instance, event })
  terminate = (instance: string) => this.order('terminate', { instance })
  suspend = (instance: string) => this.order('suspend', { instance })
  purge = (instance: string) => this.order('purge', { instance })
  signal(instance: string, at?: Date): Promise<unknown> {
    return this.order('signal', { instance, operation: 'add', ...(at ? { at: at.toISOString() } : {}) })
  }

  async status(key: string, status: string): Promise<void> {
    await this.rowWhere(key, `is ${status}`, (row) => row['RuntimeStatus'] === status)
  }

  async rowWhere(key: string, what: string, holds: (row: Row) => boolean): Promise<void> {
    let row: Row | undefined
    await until(
      () => `row '${key}' of ${this.hub.name} ${what}; it is ${JSON.stringify(row)}`,
      async () => {
        row = await this.view.row(key)
        return row !== undefined && holds(row)
      },
    )
  }

  /** Waits until so many messages are left in the control queues and in the work-item queue. */
  async messages(control: number, workItems = 0): Promise<void> {
    let seen = ''
    const wanted = `${control} control and ${workItems} work-item messages`
    await until(
      () => `${this.hub.name} has ${wanted}; it has ${seen}`,
      async () => {
        const [controls, items] = [await this.view.messages('control'), await this.view.messages('workitems')]
        seen = `${controls} and ${items}`
        return controls === control && items === workItems
      },
    )
  }

  /** Waits until messages of a kind are there and none of them can be seen. */
  async invisible(kind: 'control' | 'workitems'): Promise<void> {
    await until(
      () => `the ${kind} messages of ${this.hub.name} are invisible`,
      async () => {
        return (await this.view.messages(kind)) > 0 && (await this.view.visible(kind)) === 0
      },
    )
  }

  /** From now on no worker is given a work item. */
  starveActivities(): void {
    this.options.front.meddle(({ method, url, service }) =>
      service === 'queue' && method === 'GET' && url.includes(`/${this.hub.name.toLowerCase()}-workitems/messages`)
        ? Promise.resolve(noMessages())
        : undefined,
    )
  }

  /** Once a worker was given `count` control messages it is given no more. */
  starveOrchestrationsAfter(count: number): void {
    let given = 0
    this.options.front.meddle(({ method, url, service }, forward) => {
      const asks = service === 'queue' && method === 'GET' && url.includes(`/${this.hub.name.toLowerCase()}-control-`)
      if (!asks || !url.includes('/messages')) return undefined
      if (given >= count) return Promise.resolve(noMessages())
      return (async () => {
        const answer = await forward()
        given += answer.body.toString('utf8').split('<QueueMessage>').length - 1
        return answer
      })()
    })
  }

  /** Every write to the Instances table is refused. Returns how to end it. */
  refuseInstances(): () => void {
    return this.options.front.meddle(({ method, url, service }) =>
      service === 'table' && this.writesInstances(method, url) ? Promise.resolve(refusal()) : undefined,
    )
  }

  /** The next write to a row of the Instances table is held back before storage sees it. */
  holdNextInstanceWrite(): HeldWrite {
    const arrived = gate<'arrived'>()
    const decision = gate<'go on' | 'lose'>()
    let storageAnswered: Promise<Answer> | undefined
    let send: (() => Promise<Answer>) | undefined
    const stop = this.options.front.meddle(({ method, url, service }, forward) => {
      if (service !== 'table' || !this.writesInstances(method, url) || send !== undefined) return undefined
      send = forward
      arrived.open('arrived')
      return decision.passed.then(async (decided) => {
        if (decided === 'lose') return 'cut'
        storageAnswered = forward()
        return storageAnswered
      })
    })
    return {
      arrived: arrived.passed,
      letGo: async () => {
        decision.open('go on')
        await until(
          () => 'the held write was answered',
          () => Promise.resolve(storageAnswered !== undefined),
        )
        await storageAnswered
        stop()
      },
      loseConnection: () => decision.open('lose'),
      arriveLate: async () => {
        const answer = await send?.()
        if (answer === undefined || answer.status >= 300)
          throw new Error(`The late write was answered ${answer?.status}.`)
        stop()
      },
    }
  }

  private writesInstances(method: string, url: string): boolean {
    return method !== 'GET' && url.includes(`/${this.options.tracking ?? this.hub.name}Instances`)
  }

  private order(what: string, details: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.options.dotnet.order({ do: what, hub: this.hub, ...details })
  }
}

export type HeldWrite = {
  /** The write is there, and storage has not seen it. */
  readonly arrived: Promise<unknown>
  /** Storage takes it now, and the framework gets the answer. */
  letGo(): Promise<void>
  /** The framework loses its connection over it, and tries again. */
  loseConnection(): void
  /** Storage takes it now although the framework has long given it up: a request that was stuck on its way. */
  arriveLate(): Promise<void>
}

function gate<T>(): { readonly passed: Promise<T>; open(value: T): void } {
  let open: (value: T) => void = () => {}
  const passed = new Promise<T>((resolve) => (open = resolve))
  return { passed, open: (value) => open(value) }
}
