import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Operation } from '../../emulator/function-app/operation.ts'
import type { SwapStep } from '../../emulator/function-app/function-app.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { assertEndsWell } from './endings.ts'
import { Scene } from './scene.ts'
import { listenFor, playAll, SwapApp } from './swap-scene.ts'

/** Resolves once the platform has done this to staging; `nth` counts from 1. */
async function reached({ app }: SwapApp, step: SwapStep, nth = 1): Promise<void> {
  while (app.events.filter((event) => event.step === step).length < nth) await delay(5)
}

describe('SlotSwap, run again,', function () {
  this.timeout(60_000)
  let scene: Scene
  let folder: string
  before(async () => {
    scene = await Scene.start({ timing: { stepMs: 1000 } })
    folder = mkdtempSync(join(tmpdir(), 'killed-'))
  })
  after(async () => {
    await scene.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs the task and kills its process, without a word, when the moment has come. */
  async function killAt(shop: SwapApp, moment: Promise<unknown>): Promise<void> {
    const pidFile = join(folder, `${shop.app.name}.pid`)
    const preloaded = join(folder, `${shop.app.name}.cjs`)
    writeFileSync(preloaded, `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid))`)
    const running = shop.swap({}, { env: { NODE_OPTIONS: `--require ${preloaded}` } })
    await moment
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
    const run = await running
    assert.equal(run.reported, undefined, run.log)
  }

  const moments: readonly { name: string; moment: (shop: SwapApp) => Promise<unknown> }[] = [
    {
      name: 'before anything was asked for',
      moment: ({ scene: { azure }, app }) =>
        azure.requests.next({ service: 'arm', path: new RegExp(`/sites/${app.name}/config/slotConfigNames`) }),
    },
    { name: 'at the beginning of the swap', moment: (shop) => reached(shop, 'settings') },
    { name: 'while the new version is warmed up', moment: (shop) => reached(shop, 'warmUp') },
    { name: 'right before the hostnames move', moment: (shop) => reached(shop, 'routing') },
    // Both slots show the new hub now.
    { name: 'when the hostnames have moved and the settings not', moment: (shop) => reached(shop, 'settings', 2) },
    {
      name: 'after the swap',
      moment: async (shop) => {
        await reached(shop, 'settings', 2)
        await Promise.all([shop.app.running?.over])
      },
    },
  ]

  describe('after it was killed', () => {
    let again: (each: (typeof moments)[number]) => { readonly shop: SwapApp; readonly run: TaskRun }

    before(async function () {
      this.timeout(90_000)
      again = await playAll(moments, async ({ moment }) => {
        const shop = await SwapApp.start(scene)
        await killAt(shop, moment(shop))
        return { shop, run: await shop.swap() }
      })
    })

    for (const each of moments) {
      it(`${each.name}, does what is missing`, () => {
        const { shop, run } = again(each)

        assert.equal(run.result, 'Succeeded', run.log)
        assertEndsWell(run)
        shop.assertSwapped()
        const flag = run.outputs['swapped'] === 'true' ? 'swapped' : 'alreadySwapped'
        shop.assertOutputs(run, { [flag]: true }, 'swapped')
        assert.equal(shop.requests(), 1)
      })
    }
  })

  it('twice at the same time, swaps once', async () => {
    const shop = await SwapApp.start(scene)

    const runs = await Promise.all([shop.swap(), shop.swap()])

    // Two tasks of one run: the one that takes the lock later goes on, the other stops.
    for (const run of runs) {
      assertEndsWell(run)
      if (run.result !== 'Succeeded') assert.match(run.message, /no longer holds the deployment lock/)
    }
    assert.ok(runs.some(({ result }) => result === 'Succeeded'))
    shop.assertSwapped()
  })

  it('while somebody else swaps the same slots, lets it end and swaps nothing', async () => {
    const shop = await SwapApp.start(scene)
    const byHand = shop.swapByHand()

    const run = await shop.swap()

    await byHand
    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertOutputs(run, { alreadySwapped: true }, 'swapped')
    shop.assertSwapped()
    assert.equal(shop.requests(), 0)
    assert.match(run.raw, /task\.setprogress[^\n]*waiting for an operation of Azure on slot 'production' to end/)
  })

  it('while another operation runs, waits for its end', async () => {
    const shop = await SwapApp.start(scene)
    shop.app.begin(new Operation('Backup', 'staging', () => delay(3000)))

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertOutputs(run, { swapped: true }, 'swapped')
    shop.assertSwapped()
    assert.equal(shop.requests(), 1)
  })

  it('signs in again when its token ends while Azure swaps', async () => {
    const { tokens } = scene.azure
    const usual = tokens.lifetimeSeconds
    tokens.lifetimeSeconds = 3
    try {
      const shop = await SwapApp.start(scene)

      const run = await shop.swap()

      assert.equal(run.result, 'Succeeded', run.log)
      assertEndsWell(run)
      shop.assertOutputs(run, { swapped: true }, 'swapped')
      shop.assertSwapped()
    } finally {
      tokens.lifetimeSeconds = usual
    }
  })

  it('does not say that a slot runs a hub which somebody took away meanwhile', async () => {
    const shop = await SwapApp.start(scene)
    const { heard, onLine } = listenFor(/^Waiting 9 s/)
    const running = shop.swap({ settleInSeconds: '9' }, { onLine })
    await heard
    await shop.swapByHand()

    const run = await running

    assert.equal(run.reported, 'Failed', run.log)
    assertEndsWell(run)
    shop.assertNotSwapped(2)
    shop.assertOutputs(run, { swapped: true }, 'notSwapped')
    assert.match(run.message, /do not show at the end that it runs task hub/)
  })
})
