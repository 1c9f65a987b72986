// Brings one situation about with the real framework.
import { startDotnetWorker, type DotnetWorker } from './dotnet.ts'
import { startFront } from './front.ts'
import { defaultManager, type Line, type Partitions } from './lines.ts'
import type { ExpectedOfHub } from './recording.ts'
import { expectedOf, type Situation } from './situations/situation.ts'
import { Stage } from './stage.ts'

export type Cast = {
  readonly line: Line
  readonly partitions: Partitions
  /** Storage itself. */
  readonly storage: string
  /** A process that several situations share. */
  readonly dotnet: DotnetWorker
}

/** What there is to look at once a situation has come about. */
export type Scene = {
  readonly hubs: readonly string[]
  readonly tracking?: string
  readonly expected: readonly ExpectedOfHub[]
  /** Addresses of the blob service that the framework was given. */
  readonly blobEndpoint: string
}

/** The situation's own name for its hub; the partition count in it keeps hubs of one storage apart. */
export function hubOf(situation: Situation, partitions: Partitions): string {
  const words = situation.name.split('-').map((word) => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`)
  return `${words.join('')}P${partitions}`
}

/** Brings the situation about, lets `look` see it, and ends what is still at work. */
export async function play<T>(situation: Situation, cast: Cast, look: (scene: Scene) => Promise<T>): Promise<T> {
  const { line, partitions, storage } = cast
  const front = await startFront(storage)
  // Its own process where that dies, and where the process would keep a worker at work.
  const dotnet = situation.worker === undefined ? cast.dotnet : startDotnetWorker(line)
  try {
    const hub = hubOf(situation, partitions)
    const manager = situation.manager ?? defaultManager[line]
    const tracking = situation.tracking === undefined ? undefined : `${situation.tracking}P${partitions}`
    const common = {
      line,
      partitions,
      manager,
      front,
      dotnet,
      storage,
      ...(tracking === undefined ? {} : { tracking }),
    }
    const stage = new Stage({ ...common, hub })
    const other = tracking === undefined ? undefined : new Stage({ ...common, hub: `${hub}Other` })
    await situation.act(stage, other)
    const expected = [{ hub, ...expectedOf(situation.expected, line) }]
    if (situation.expectedOfOther) expected.push({ hub: `${hub}Other`, ...expectedOf(situation.expectedOfOther, line) })
    return await look({
      hubs: expected.map((each) => each.hub),
      expected,
      blobEndpoint: front.connectionString,
      ...(tracking === undefined ? {} : { tracking }),
    })
  } finally {
    if (dotnet !== cast.dotnet) await dotnet.kill()
    await front.stop()
  }
}
