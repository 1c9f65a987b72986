import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { judge, type Judged, type Outcome } from './judge.ts'
import type { Scenario } from './scenarios.ts'
import type { Client, World } from './world.ts'

/** Plays one scenario through one task, on an app of its own. */
export async function play(
  world: World,
  scenario: Scenario,
  run: { readonly client: Client; readonly app: string; readonly startMs: number },
): Promise<Judged> {
  const app = await world.app(run.app, scenario.startMs ?? run.startMs)
  const workers = { old: app.slot().worker, wanted: app.slot('staging').worker }
  scenario.arrange(world, app)
  const { result, message, durationMs } = await world.swap(run.client, app)
  await quiet(app)
  const said = result === 'Succeeded' || result === 'SucceededWithIssues' ? 'succeeded' : 'failed'
  const production = runs(app, workers.wanted, 'new') ? 'wanted' : runs(app, workers.old, 'old') ? 'old' : 'neither'
  const swaps = app.events.filter(({ step }) => step === 'routing').length
  return judge(scenario, run.client, { swaps, production, said, message, seconds: durationMs / 1000 } satisfies Outcome)
}

/** Azure goes on with what a task has left. */
async function quiet(app: FunctionApp): Promise<void> {
  for (let running = app.running; running !== undefined; running = app.running) await running.over
}

/** Code and task hub travel together. */
function runs(app: FunctionApp, worker: unknown, hub: 'old' | 'new'): boolean {
  const { worker: now, settings } = app.slot()
  return now === worker && settings['TaskHubName'] === `${app.name}${hub}`
}
