// npm run test:dtfx: brings every situation about with the real Durable Task Framework and checks that our look judges the
// live hub right. With `--record` it saves what storage then holds. `--line`, `--partitions` and `--only` pick; without
// them all lines at 4 partitions are played, and everything with `--record` or `--all`.
import { parseArgs } from 'node:util'
import { startAzurite } from '../support/azurite.ts'
import { differences } from './check-look.ts'
import { build, dotnetSdk, startDotnetWorker } from './dotnet.ts'
import { lines, partitionCounts, type Line, type Partitions } from './lines.ts'
import { play, type Cast, type Scene } from './play.ts'
import { startQueueServer, type QueueServer } from './queue-server.ts'
import { blobAddressOf, readHubs } from './read-hub.ts'
import { writeRecording } from './recording.ts'
import { situationsOf } from './situations/all.ts'
import type { Situation } from './situations/situation.ts'

const { values: options } = parseArgs({
  options: {
    record: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    line: { type: 'string' },
    partitions: { type: 'string' },
    only: { type: 'string' },
    packages: { type: 'string' },
  },
})
/** Situations side by side: they mostly wait. */
const sideBySide = 4

process.exitCode = await main()

async function main(): Promise<number> {
  const sdk = dotnetSdk()
  if (sdk === undefined) {
    say('There is no .NET SDK 8 or later on this machine, so the live hubs were not checked.')
    say('Get one at https://dotnet.microsoft.com/download, or see https://learn.microsoft.com/dotnet/core/install.')
    return 0
  }
  const started = performance.now()
  let failed = 0
  let played = 0
  for (const line of lines.filter((each) => options.line === undefined || each === options.line)) {
    const built = await build(line, options.packages ?? process.env['DTFX_PACKAGES'])
    if (!built.ok && built.packages !== undefined) {
      say(`${line}: its packages could not be had, so it was not checked (${built.packages}).`)
      say('Name a folder that has them with DTFX_PACKAGES; test/dtfx/README.md says how to make one from the sources.')
      continue
    }
    if (!built.ok) {
      say(`${line}: the program could not be built.\n${built.output}`)
      failed += 1
      continue
    }
    const result = await playLine(line)
    failed += result.failed
    played += result.played
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  say(`${played} live hubs checked with .NET SDK ${sdk}, ${failed} failed (${seconds} s)`)
  return failed === 0 ? 0 : 1
}

async function playLine(line: Line): Promise<{ played: number; failed: number }> {
  const azurite = await startAzurite()
  const queues = await startQueueServer()
  const storage = azurite.connectionString.replace(/QueueEndpoint=[^;]*/, `QueueEndpoint=${queues.endpoint}`)
  const dotnet = startDotnetWorker(line)
  let failed = 0
  let played = 0
  try {
    const packages = (await dotnet.order({ do: 'info' })) as Readonly<Record<string, string>>
    const waiting = chosen(line)
    const playNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { situation, partitions } = next
        const name = `${line} ${situation.name}-${partitions}`
        const cast: Cast = { line, partitions, storage, dotnet }
        try {
          const wrong = await play(situation, cast, (scene) => see(scene, next, { packages, cast, queues }))
          failed += wrong.length > 0 ? 1 : 0
          say(wrong.length > 0 ? `FAILED ${name}: ${wrong.join('; ')}` : `ok     ${name}`)
        } catch (error) {
          failed += 1
          say(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`)
        }
        played += 1
      }
    }
    await Promise.all(Array.from({ length: sideBySide }, playNext))
  } finally {
    await dotnet.kill()
    await queues.stop()
    await azurite.stop()
  }
  return { played, failed }
}

type Chosen = { readonly situation: Situation; readonly partitions: Partitions }

function chosen(line: Line): Chosen[] {
  const wanted = options.partitions ?? (options.record || options.all ? undefined : '4')
  const counts = partitionCounts.filter((count) => wanted === undefined || String(count) === wanted)
  return counts.flatMap((partitions) =>
    situationsOf(line)
      .filter(({ name }) => options.only === undefined || name === options.only)
      .map((situation) => ({ situation, partitions })),
  )
}

async function see(
  { hubs, tracking, expected, blobEndpoint }: Scene,
  { situation, partitions }: Chosen,
  {
    packages,
    cast,
    queues,
  }: { readonly packages: Readonly<Record<string, string>>; readonly cast: Cast; readonly queues: QueueServer },
): Promise<readonly string[]> {
  const shared = tracking === undefined ? {} : { tracking }
  if (options.record) {
    const now = new Date()
    const blobAddresses = [blobEndpoint, cast.storage].map(blobAddressOf)
    const storage = { connectionString: cast.storage, messages: queues.messages }
    const content = await readHubs(storage, { hubs, now, blobAddresses, ...shared })
    writeRecording({
      situation: situation.name,
      what: situation.what,
      line: cast.line,
      partitions,
      ...shared,
      packages,
      recordedAt: now.toISOString(),
      expected,
      ...content,
    })
  }
  const wrong = await Promise.all(expected.map((each) => differences(cast.storage, each, tracking)))
  return wrong.flat()
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
