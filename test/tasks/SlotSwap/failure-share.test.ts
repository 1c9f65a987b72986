import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { production } from '../../../core/function-app/picture.ts'
import { emptyRecord, withHub } from '../../../core/record/record.ts'
import type { SeenInstance } from '../../../core/task-hub/ports.ts'
import { slotSwap } from '../../../tasks/SlotSwap/run.ts'
import type { SlotSwapWanted } from '../../../tasks/SlotSwap/wanted.ts'
import { app } from '../../support/app.ts'
import { FakeAzure, hubNamed, hubOfShop } from '../../support/fake-azure.ts'
import { cancelledAtEach, denied, shop, story } from '../story.ts'

const wanted: SlotSwapWanted = {
  ...shop,
  sourceSlot: 'staging' as SlotName,
  targetSlot: production,
  taskHub: { name: hubNamed('shop99') },
  preserveVnet: false,
  requireIdle: 'none',
  evidence: 'storage',
  healthCheckTimeoutMs: 0,
  settleMs: 0,
  failureLimit: { instances: 10, increase: 20 },
  observeMs: 0,
  lock: { take: false, keep: false, forMs: 7_200_000, waitMs: 0 },
  rollbackOnFailure: true,
  timeoutMs: 600_000,
  dryRun: false,
}
const now = Date.parse('2026-11-21T10:00:00Z')
const swapped = 'swap staging production'

/** Those that begin at the moment of the swap count; the fake clock stands still then. */
function instances(count: number, status: string, minutesAgo = 0, name = 'Order'): SeenInstance[] {
  const beganAt = new Date(now - 60_000 * minutesAgo)
  const endedAt = status === 'Running' ? {} : { endedAt: beganAt }
  return Array.from({ length: count }, () => ({ name, status, beganAt, ...endedAt }))
}

const calm = instances(50, 'Completed', 30)
const failing = [...instances(4, 'Completed'), ...instances(8, 'Failed'), ...instances(3, 'Running')]

function azureWith(now: readonly SeenInstance[], before: readonly SeenInstance[] = calm, slots = app()): FakeAzure {
  return new FakeAzure(slots).hub('shop99', { instances: now }).hub('shop100', { instances: before })
}

function open(azure: FakeAzure) {
  const opened = story(azure)
  const swap = async (twist: Partial<SlotSwapWanted> = {}) =>
    await slotSwap({ ...wanted, ...twist }, opened.deps, opened.signal)
  return { ...opened, swap }
}

const swapsOf = (azure: FakeAzure) => azure.mutations.filter((each) => each.startsWith('swap'))
const shareOf = (report: { readonly outputs: Readonly<Record<string, string>> }) =>
  JSON.parse(report.outputs['failureShare'] ?? 'null') as Record<string, unknown> | null

describe('a swap and the failure share of what began on the new hub', () => {
  it('is swapped back when much more fails than before, and says what still runs there', async () => {
    const { azure, swap } = open(azureWith(failing))

    const report = await swap()

    assert.equal(report.result, 'failed')
    assert.match(
      report.message,
      /not healthy: 8 of 15 instances .* 'shop99' after the swap failed \(53\.3 %\), where 0 % .* on 'shop100', more than 20 .*: Order 8 of 15, before 0 of 50\. It was swapped back.* 3 instances still run on task hub 'shop99', in slot 'staging', and end there\. Slot 'production' has/,
    )
    assert.deepEqual(swapsOf(azure), [swapped, swapped])
    assert.deepEqual(shareOf(report), {
      verdict: 'unhealthy',
      because: shareOf(report)?.['because'],
      new: { begun: 15, ended: 12, failed: 8, percent: 53.3 },
      old: { expectedPercent: 0 },
      running: 3,
      names: [
        {
          name: 'Order',
          judged: true,
          new: { begun: 15, ended: 12, failed: 8 },
          old: { begun: 50, failed: 0, expectedPercent: 0 },
        },
      ],
      otherNames: 0,
    })
    assert.match(report.summary, /### Failure share after the swap\n\nFailure share: unhealthy, 8 of 15/)
    assert.match(report.summary, /\| Order \| 15 \| 12 \| 8 \| 50 \| 0 \| 0 % \|/)
  })

  it('is left as it is when that was asked for', async () => {
    const { azure, swap } = open(azureWith(failing))

    const report = await swap({ rollbackOnFailure: false })

    assert.equal(report.result, 'failed')
    assert.equal(shareOf(report)?.['verdict'], 'unhealthy')
    assert.deepEqual(swapsOf(azure), [swapped])
  })

  it('is healthy when no more fails than before, and tells the figures', async () => {
    const { log, swap } = open(azureWith(instances(12, 'Completed')))

    const report = await swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.match(report.message, /Failure share: healthy, 0 of 12 instances .* failed \(0 %\)/)
    assert.match(log.lines.join('\n'), /Failure share: healthy/)
    assert.equal(shareOf(report)?.['verdict'], 'healthy')
  })

  it('is neither failed nor swapped back for want of data', async () => {
    const { azure, swap } = open(azureWith([...instances(2, 'Failed'), ...instances(12, 'Failed', 0, 'Brand')]))

    const report = await swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.match(report.message, /Failure share: no data, of 14 instances .*, 2 have names/)
    assert.match(report.summary, /\| Brand \| 12 \| 12 \| 12 \| 0 \| 0 \| nothing to compare with \|/)
    assert.deepEqual(swapsOf(azure), [swapped])
  })

  it('has no data where a role is missing', async () => {
    const azure = azureWith(failing)
    azure.calls.fails('instances', denied())

    const report = await open(azure).swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.match(report.message, /Failure share: no data, could not do it: a role is missing\./)
    assert.deepEqual(shareOf(report), {
      verdict: 'noData',
      because: 'could not do it: a role is missing',
      names: [],
      otherNames: 0,
    })
  })

  it('has no data where the storage account is hidden', async () => {
    const hidden = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/s)' }
    const slots = app().slot('production', { settings: hidden }).slot('staging', { settings: hidden })

    const report = await open(azureWith(failing, calm, slots)).swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.match(report.message, /no data, app setting 'AzureWebJobsStorage' .* does not show its storage account/)
  })

  it('has no data where the target had no hub before', async () => {
    const report = await open(azureWith(failing, calm, app().slot('production', { hub: undefined }))).swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.match(report.message, /no data, slot 'production' had no task hub\./)
  })

  it('has no data where the instances are kept in an account that cannot be told', async () => {
    const elsewhere = {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreConnectionName: 'X',
    }
    const slots = app().slot('staging', { settings: elsewhere })

    const report = await open(azureWith(failing, calm, slots)).swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.match(report.message, /no data, the task hub of slot 'staging' cannot be read: /)
  })

  it('is not looked at where it is off, nor in a dry run', async () => {
    const { azure, swap } = open(azureWith(failing))
    const { failureLimit: _, ...off } = wanted

    const report = await slotSwap(off, story(azure).deps, new AbortController().signal)
    assert.equal(report.result, 'succeeded', report.message)
    await swap({ dryRun: true })

    assert.ok(!azure.calls.made.includes('instances'))
    assert.equal(report.outputs['failureShare'], undefined)
  })

  describe('of a target that an earlier run swapped', () => {
    const slots = () => app().slot('production', { hub: 'shop99' }).slot('staging', { hub: 'shop100' })
    const servingSince = (minutesAgo: number) =>
      withHub(emptyRecord('shop'), hubOfShop('shop99'), (entry) => ({
        ...entry,
        productionSince: new Date(now - 60_000 * minutesAgo).toISOString(),
      }))

    it('is judged by what began since then, and not swapped back', async () => {
      const began = failing.map((each) => ({ ...each, beganAt: new Date(now - 60_000) }))
      const { azure, swap } = open(azureWith(began, calm, slots()).keep(servingSince(2)))

      const report = await swap()

      assert.equal(report.result, 'failed')
      assert.match(report.message, /already runs .* not healthy: 8 of 15 .*not swapped back, because this run/)
      assert.equal(shareOf(report)?.['verdict'], 'unhealthy')
      assert.deepEqual(swapsOf(azure), [])

      const before = open(azureWith(began, calm, slots()).keep(servingSince(0.5)))
      assert.match((await before.swap()).message, /no data, of the instances .* after the swap 0 completed or failed/)
    })

    it('has no data where the record does not tell since when', async () => {
      const report = await open(azureWith(failing, calm, slots())).swap()
      assert.equal(report.result, 'succeeded', report.message)
      assert.match(
        report.message,
        /no data, an earlier run swapped, and the deployment record does not tell since when/,
      )

      const hidden = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/s)' }
      const unknown = await open(
        azureWith(failing, calm, slots().slot('production', { hub: 'shop99', settings: hidden })),
      ).swap()
      assert.match(unknown.message, /no data, app setting 'AzureWebJobsStorage'/)

      const text = await open(azureWith(failing, calm, slots()).keepText('{"schema":7}')).swap()
      assert.match(text.message, /no data, /)
    })
  })

  it('does not judge what ran in staging before the swap: provoked errors, or code of before the deploy', async () => {
    const { azure, swap } = open(azureWith([...instances(50, 'Failed', 5), ...instances(2, 'Completed')]))

    const report = await swap()

    assert.match(report.message, /no data, of the instances .* after the swap 2 completed or failed so far/)
    assert.deepEqual(swapsOf(azure), [swapped])
  })

  it('leaves out the first seconds of the settle time, and no more than there are', async () => {
    // The clock of this storage account stands still: the swap was as long before 10:00 by it as the settle time lasts.
    const verdictOf = async (secondsBefore: number, settleMs: number) => {
      const began = instances(20, 'Failed').map((each) => ({ ...each, beganAt: new Date(now - 1000 * secondsBefore) }))
      return shareOf(await open(azureWith(began)).swap({ settleMs }))?.['verdict']
    }

    assert.equal(await verdictOf(46, 60_000), 'noData')
    assert.equal(await verdictOf(45, 60_000), 'unhealthy')
    assert.equal(await verdictOf(1, 5000), 'noData')
    assert.equal(await verdictOf(0, 5000), 'unhealthy')
  })

  it('says when nothing runs on the hub any more, and when that could not be told', async () => {
    const ended = instances(12, 'Failed')
    assert.match((await open(azureWith(ended)).swap()).message, /No instance runs on task hub 'shop99'.* any more\./)

    const one = await open(azureWith([...ended, ...instances(1, 'Running')])).swap()
    assert.match(one.message, /1 instance still runs on task hub 'shop99', in slot 'staging', and ends there\./)

    const azure = azureWith(ended)
    azure.calls.after('requestSwap', () => {
      azure.calls.after('requestSwap', () => {
        azure.calls.fails('instances', denied())
      })
    })
    assert.match((await open(azure).swap()).message, /how much that is could not be told: could not do it: a role/)

    const many = await open(azureWith([...ended, ...instances(10_001, 'Running', 5)])).swap()
    assert.match(many.message, /More than 10000 instances still run/)
  })

  it('names no more than twenty orchestrators, harmlessly', async () => {
    const names = ['##vso[x]', ...Array.from({ length: 24 }, (_, index) => `N${index}`)]
    const rows = names.flatMap((name) => instances(1, 'Completed', 0, name))

    const report = await open(azureWith([...rows, ...instances(1, 'Completed', 0, '##vso[x]')])).swap()

    const share = shareOf(report)
    assert.equal((share?.['names'] as unknown[]).length, 20)
    assert.equal(share?.['otherNames'], 5)
    assert.match(report.summary, /5 other names began less often\./)
    assert.ok(!JSON.stringify(report).includes('##vso'))
  })

  describe('when it is observed', () => {
    it('judges again and again until the time is over', async () => {
      const { azure, clock, log, swap } = open(azureWith(instances(12, 'Completed')))

      const report = await swap({ observeMs: 40_000 })

      assert.equal(report.result, 'succeeded', report.message)
      assert.deepEqual(clock.slept.slice(-3), [15_000, 15_000, 10_000])
      assert.equal(azure.calls.made.filter((call) => call === 'host state').length, 4)
      assert.match(
        log.lines.join('\n'),
        /63 % observing slot 'production' for 15 s more|38 % observing slot 'production' for 25 s more/,
      )
      assert.match(log.lines.join('\n'), /0 % observing slot 'production' for 40 s more\. Failure share: healthy/)
    })

    it('ends early when more fails', async () => {
      const { azure, clock, swap } = open(azureWith(instances(2, 'Completed')))
      clock.at(30_000, () => azure.hub('shop99', { instances: failing }))

      const report = await swap({ observeMs: 600_000 })

      assert.equal(report.outputs['rolledBack'], 'true', report.message)
      assert.ok(clock.now().getTime() - now < 120_000)
    })

    it('ends early when the host is sick, and keeps what the share was', async () => {
      const { azure, clock, swap } = open(azureWith(instances(12, 'Completed')))
      clock.at(30_000, () => {
        azure.hosts.sick('production', 'boom')
      })

      const report = await swap({ observeMs: 600_000 })

      assert.match(report.message, /not healthy: its host reports: boom\. It was swapped back/)
      assert.equal(shareOf(report)?.['verdict'], 'healthy')
    })

    it('asks the host alone where the failure share is off', async () => {
      const { azure, deps, log } = open(azureWith(failing))
      const { failureLimit: _, ...off } = wanted

      const report = await slotSwap({ ...off, observeMs: 30_000 }, deps, new AbortController().signal)

      assert.equal(report.result, 'succeeded', report.message)
      assert.equal(azure.calls.made.filter((call) => call === 'host state').length, 3)
      assert.match(log.lines.join('\n'), /for 30 s more\.$/m)
    })
  })

  it('says in each of its waits what is under way when it is cancelled', async () => {
    for (const [instancesNow, last] of [
      [instances(12, 'Completed'), /after the swap/],
      [failing, /was swapped back|before the slots were read once more/],
    ] as const) {
      const ends = await cancelledAtEach(
        () => azureWith(instancesNow),
        (deps, signal) => slotSwap({ ...wanted, observeMs: 20_000 }, deps, signal),
      )
      const reading = ends.filter(({ during }) => during === 'instances')
      assert.ok(reading.length > 1)
      assert.match(ends.at(-1)?.message ?? '', last)
    }
  })
})
