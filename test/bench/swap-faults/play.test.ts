// The stage of the bench with tasks that misbehave on purpose in the place of the real ones.
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { Judged } from '../../../bench/swap-faults/judge.ts'
import { play } from '../../../bench/swap-faults/play.ts'
import { scenarios } from '../../../bench/swap-faults/scenarios.ts'
import { openStage, type Stage } from '../../../bench/swap-faults/stage.ts'
import type { FunctionApp } from '../../../emulator/function-app/function-app.ts'
import type { TaskRun } from '../../../pipeline-runner/agent/task-run.ts'
import { askArm } from '../../emulator/support/request.ts'

type Answer = { readonly status: number | undefined; readonly headers: Readonly<Record<string, unknown>> }

describe('a scenario of the swap faults', function () {
  this.timeout(60_000)
  let stage: Stage
  let token: string
  let apps = 0

  before(async () => {
    stage = await openStage({ stepMs: 5 })
    token = stage.connection.parameters['apitoken'] ?? ''
  })
  after(() => stage.stop())

  /** Asks for the swap as often as told, each time when the one before is over, and then says that all is well. */
  async function playWith(name: string, times: number): Promise<{ judged: Judged; answers: Answer[] }> {
    const scenario = scenarios.find((each) => each.name === name)
    assert.ok(scenario, name)
    const answers: Answer[] = []
    const swap = async (_client: unknown, app: FunctionApp) => {
      for (let time = 0; time < times; time++) {
        answers.push(await requestSwap(app))
        while (app.running) await delay(5)
      }
      return { result: 'Succeeded', message: '', durationMs: 1 } as TaskRun
    }
    const run = { client: 'ours', startMs: 0, app: `played${++apps}` } as const
    return { judged: await play({ ...stage, swap }, { ...scenario, startMs: 0 }, run), answers }
  }

  async function requestSwap(app: FunctionApp): Promise<Answer> {
    const { azure } = stage
    const path = `/resourceGroups/${app.resourceGroup}/providers/Microsoft.Web/sites/${app.name}/slots/staging/slotsswap`
    const body = JSON.stringify({ targetSlot: 'production', preserveVnet: false })
    const lost: Answer = { status: undefined, headers: {} }
    return await askArm(azure, token, path, { method: 'POST', body }).catch(() => lost)
  }

  it('without a fault: one request swaps once, and Azure names no time to wait', async () => {
    const { judged, answers } = await playWith('no fault', 1)
    assert.deepEqual([judged.swaps, judged.production, judged.right, judged.asDue], [1, 'wanted', true, true])
    assert.equal(answers[0]?.status, 202)
    assert.ok(answers[0].headers['location'])
    assert.equal(answers[0].headers['retry-after'], undefined)
  })

  it('finds out a task that swaps twice and says that all is well', async () => {
    const { judged } = await playWith('no fault', 2)
    assert.deepEqual([judged.swaps, judged.production, judged.right, judged.asDue], [2, 'old', false, false])
  })

  it('finds out a task that swaps nothing and says that all is well', async () => {
    const { judged } = await playWith('no fault', 0)
    assert.deepEqual([judged.swaps, judged.production, judged.right], [0, 'old', false])
  })

  it('loses the answer before the effect, or after it', async () => {
    const before = await playWith('502, before the effect', 1)
    assert.deepEqual([before.answers[0]?.status, before.judged.swaps], [502, 0])
    const after = await playWith('502, after the effect', 1)
    assert.deepEqual([after.answers[0]?.status, after.judged.swaps, after.judged.right], [502, 1, true])
    const reset = await playWith('the connection is reset, after the effect', 2)
    assert.deepEqual([reset.answers.map(({ status }) => status), reset.judged.swaps], [[undefined, 202], 2])
  })

  it('lets a swap fail for good, whatever its polls say', async () => {
    const { judged, answers } = await playWith('the operation ends as Failed, at status 200', 3)
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202],
    )
    assert.deepEqual([judged.swaps, judged.production, judged.right], [0, 'old', false])
  })

  it('counts the swap of a rival, and the one that undoes it', async () => {
    const name = '409, another run is making this very swap'
    const alone = await playWith(name, 0)
    assert.deepEqual([alone.judged.swaps, alone.judged.production, alone.judged.asDue], [1, 'wanted', true])
    const both = await playWith(name, 2)
    assert.deepEqual([both.answers[0]?.status, both.judged.swaps, both.judged.right], [409, 2, false])
  })
})
