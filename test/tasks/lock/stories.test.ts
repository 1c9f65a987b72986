import assert from 'node:assert/strict'
import { AzureFailure, Cancelled, Refusal } from '../../../core/failures.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import { rotateTaskHub } from '../../../tasks/RotateTaskHub/run.ts'
import { app, connectionTo } from '../../support/app.ts'
import { FakeAzure, hubNamed } from '../../support/fake-azure.ts'
import { denied, lostReply, run } from '../story.ts'
import { failureOf, heldBy, hour, open, rival, rotateWanted, swapWanted } from './scene.ts'

const changesOf = (azure: FakeAzure) => azure.mutations.filter((each) => !each.startsWith('record'))
const swapped = 'swap staging production'
const written = 'writeSettings staging'
const acts = ['rotate', 'swap', 'cleanUp'] as const

describe('A deployment of two tasks', () => {
  it('holds the lock from RotateTaskHub to the end of SlotSwap', async () => {
    const { azure, lockNow, rotate, swap, log } = open()

    await rotate()
    assert.equal(lockNow()?.holder.run, '101')
    assert.equal(lockNow()?.changing, undefined)
    assert.match(log.lines.join('\n'), /This run still holds the deployment lock of 'shop', until 2026-/)
    const since = lockNow()?.since

    await swap({ taskHub: { name: rotateWanted.taskHub } })
    assert.equal(lockNow(), undefined)
    assert.match(log.lines.join('\n'), /The deployment lock of 'shop' was given back\./)
    assert.equal(azure.record()?.generation, 2)
    assert.ok(since)
  })

  it('keeps it where both were told to, and gives it back where both were told not to', async () => {
    const kept = open()
    await kept.swap({ lock: { ...swapWanted.lock, keep: true } })
    assert.equal(kept.lockNow()?.holder.run, '101')

    const given = open()
    await given.rotate({ lock: { ...rotateWanted.lock, keep: false } })
    assert.equal(given.lockNow(), undefined)
  })

  it('takes it again when the rotation is run again and has nothing to do', async () => {
    const { lockNow, rotate, store, azure } = open()
    await rotate()
    const { lock, ...rest } = azure.record() ?? emptyRecord('shop')
    assert.ok(lock)
    store.put('shop', `${JSON.stringify(rest)}\n`)

    assert.equal((await rotate()).outputs['rotated'], 'false')
    assert.equal(lockNow()?.holder.run, '101')
  })

  it('gives it back when the swap is run again and has nothing to do', async () => {
    const swappedAlready = app().slot('production', { hub: 'shop99' }).slot('staging', { hub: 'shop100' })
    const { azure, lockNow, swap } = open(new FakeAzure(swappedAlready).keep(heldBy(run)))

    assert.equal((await swap()).outputs['alreadySwapped'], 'true')
    assert.equal(lockNow(), undefined)
    assert.deepEqual(changesOf(azure), [])
  })

  it('asks nobody for the lock where nothing is left to swap', async () => {
    const swappedAlready = app().slot('production', { hub: 'shop99' }).slot('staging', { hub: 'shop100' })
    const { lockNow, swap } = open(new FakeAzure(swappedAlready).keep(heldBy(rival)))

    assert.equal((await swap()).outputs['alreadySwapped'], 'true')
    assert.equal(lockNow()?.holder.run, '102')
  })
})

describe('A task beside another run', () => {
  for (const act of acts) {
    it(`changes nothing while the other holds the lock: ${act}`, async () => {
      const opened = open(new FakeAzure(app()).hub('shop7').hub('shop8').keep(heldBy(rival)))

      const message = await failureOf(opened[act]())

      assert.match(message, /held by run '102' of project 'shop'.*Nothing was changed\.$/)
      assert.deepEqual(opened.azure.mutations, [])
    })

    it(`stops before its next change when the other took the lock over: ${act}`, async () => {
      const opened = open()
      // The record is read when the lock is claimed, and next by the fence.
      let reads = 0
      opened.azure.calls.onEach(() => {
        if (opened.azure.calls.made.at(-1) !== 'read record') return
        if (opened.azure.record()?.lock?.holder.run === '101' && reads++ === 0) opened.azure.keep(heldBy(rival))
      })

      const message = await failureOf(opened[act]())

      assert.match(message, /no longer holds the deployment lock of 'shop'.*run '102'.*nothing more was changed/)
      assert.deepEqual(changesOf(opened.azure), [])
      assert.equal(opened.lockNow()?.holder.run, '102')
    })

    it(`takes no lock where it is told to, and warns: ${act}`, async () => {
      const opened = open(new FakeAzure(app()).hub('shop7').hub('shop8').keep(heldBy(rival)))

      const report = await opened[act]({ lock: { take: false, keep: false, forMs: 2 * hour, waitMs: 0 } })

      assert.equal(report.result, 'succeeded')
      assert.match(opened.log.warnings.join(), /No deployment lock of 'shop' is taken/)
      assert.equal(opened.lockNow()?.holder.run, '102')
      assert.notDeepEqual(changesOf(opened.azure), [])
    })

    it(`writes nothing in a dry run, and says who holds the lock: ${act}`, async () => {
      const opened = open(new FakeAzure(app()).hub('shop7').hub('shop8').keep(heldBy(rival)))

      assert.equal((await opened[act]({ dryRun: true })).result, 'succeeded')

      assert.match(opened.log.lines.join('\n'), /held by run '102'/)
      assert.deepEqual(opened.azure.mutations, [])
      const free = open()
      await free[act]({ dryRun: true })
      assert.match(free.log.lines.join('\n'), /Nobody holds the deployment lock of 'shop'\./)
    })

    it(`fails where the account may not be written, and names the role: ${act}`, async () => {
      const opened = open()
      opened.azure.calls.fails('write record', denied())

      await assert.rejects(opened[act](), (error) => {
        return error instanceof AzureFailure && /Storage Blob Data Contributor.*lock to false/.test(error.message)
      })
      assert.deepEqual(changesOf(opened.azure), [])
    })

    it(`refuses a record that it cannot understand: ${act}`, async () => {
      const opened = open(new FakeAzure(app()).hub('shop7').hub('shop8').keepText('<html>'))

      assert.match(await failureOf(opened[act]()), /is not JSON/)
      assert.deepEqual(changesOf(opened.azure), [])
    })

    it(`takes the lock over with a reason, and lets the last request of the other land first: ${act}`, async () => {
      const opened = open(new FakeAzure(app()).hub('shop7').hub('shop8').keep(heldBy(rival)))
      const lock = { ...swapWanted.lock, takeOver: 'its agent is gone' }

      assert.equal((await opened[act]({ lock })).result, 'succeeded')

      assert.match(opened.log.warnings.join(), /taken over from another run: its agent is gone/)
      assert.match(opened.log.lines.join('\n'), /waiting 110 s more for the last request of the former holder/)
      assert.ok(opened.clock.slept.slice(0, 8).reduce((sum, ms) => sum + ms, 0) >= 110_000)
      assert.equal(opened.azure.record()?.audit[0]?.action, 'takeOver')
    })

    it(`waits for the other's lock, then looks again: ${act}`, async () => {
      const opened = open(new FakeAzure(app()).hub('shop7').hub('shop8').keep(heldBy(rival)))
      opened.clock.at(600_000, () => opened.azure.keep(emptyRecord('shop')))

      assert.equal((await opened[act]({ lock: { ...swapWanted.lock, waitMs: hour } })).result, 'succeeded')
      assert.match(opened.log.lines.join('\n'), /waiting for the deployment lock, held by run '102'/)
      assert.ok(opened.azure.calls.made.filter((call) => call === 'look').length >= 2)
    })
  }

  it('refuses the swap that the other has made meanwhile', async () => {
    const opened = open(new FakeAzure(app()).keep(heldBy(rival)))
    opened.clock.at(600_000, () => {
      opened.azure.apps.set('shop', 'staging', { TaskHubName: 'other1' })
      opened.azure.keep(emptyRecord('shop'))
    })

    const message = await failureOf(opened.swap({ lock: { ...swapWanted.lock, waitMs: hour } }))

    assert.match(
      message,
      /Neither slot runs task hub 'shop99'.*Nothing was changed\. The deployment lock of 'shop' was given back\.$/,
    )
    assert.deepEqual(changesOf(opened.azure), [])
  })
})

describe('A task that fails', () => {
  it('gives back what it took itself, and says so', async () => {
    const { azure, lockNow, rotate } = open(new FakeAzure(app()).hub('shop99', { verdict: 'busy' }))

    assert.match(await failureOf(rotate()), /The deployment lock of 'shop' was given back\.$/)
    assert.equal(lockNow(), undefined)
    assert.deepEqual(changesOf(azure), [])
  })

  it('keeps what an earlier task of the run had taken, and says so', async () => {
    const kept = heldBy(run, { kept: true })
    const { lockNow, swap } = open(new FakeAzure(app()).hub('shop99', { verdict: 'busy' }).keep(kept))

    const message = await failureOf(swap({ requireIdle: 'source' }))

    assert.match(message, /This run still holds the deployment lock of 'shop', until 2026-11-21T12:00:00\.000Z\.$/)
    assert.equal(lockNow()?.holder.run, '101')
  })

  it('gives the lock back when its swap has failed or was swapped back', async () => {
    const failing = open(new FakeAzure(app()).keep(heldBy(run)))
    failing.azure.apps.swapsFail('no ping')
    assert.match(await failureOf(failing.swap()), /no ping.*The deployment lock of 'shop' was given back\.$/)
    assert.equal(failing.lockNow(), undefined)

    const sick = open(new FakeAzure(app()).keep(heldBy(run)))
    sick.azure.hosts.sick('production', 'boom')
    assert.match(await failureOf(sick.swap()), /swapped back.*was given back\.$/)
    assert.equal(sick.lockNow(), undefined)
  })

  it('does not swap back once the lock is another run’s, and tells both', async () => {
    const { azure, swap, lockNow } = open()
    azure.hosts.sick('production', 'boom')
    azure.calls.after('host state', () => azure.keep(heldBy(rival)))

    const message = await failureOf(swap())

    assert.match(
      message,
      /not healthy: its host reports: boom\. Swapping back failed too: .*no longer holds the deployment lock/,
    )
    assert.deepEqual(changesOf(azure), [swapped])
    assert.equal(lockNow()?.holder.run, '102')
  })

  it('keeps the lock where a change may be under way, and says what and until when', async () => {
    const { azure, lockNow, rotate } = open()
    for (let count = 0; count < 9; count++) azure.calls.fails('writeSettings', lostReply())

    const message = await failureOf(rotate())

    assert.match(
      message,
      /still holds the deployment lock of 'shop', because it was about to give slot 'staging' task hub 'shop101'/,
    )
    assert.match(message, /It ends at 2026-.*; before that run again, or give it back with input release/)
    assert.equal(lockNow()?.changing?.what, "give slot 'staging' task hub 'shop101'")
  })

  it('keeps the lock where a swap may be under way when the time is up', async () => {
    const { azure, lockNow, swap } = open()
    azure.apps.readingsOfASwap = Infinity

    const report = await swap()

    assert.equal(report.result, 'failed')
    assert.match(report.message, /The swap did not succeed: the time is up/)
    assert.match(
      report.message,
      /still holds the deployment lock of 'shop', because it was about to swap slot 'staging'/,
    )
    assert.equal(lockNow()?.changing?.what, "swap slot 'staging' with slot 'production'")
  })

  it('gives it back where Azure refused the change', async () => {
    const { azure, lockNow, rotate } = open()
    azure.calls.fails('writeSettings', denied())

    assert.match(await failureOf(rotate()), /No setting was changed\..*The deployment lock of 'shop' was given back\.$/)
    assert.equal(lockNow(), undefined)
  })

  it('says where the lock could not be given back, and how to get rid of it', async () => {
    const { azure, lockNow, rotate } = open(new FakeAzure(app()).hub('shop99', { verdict: 'busy' }))
    azure.calls.after('write record', () =>
      azure.calls.after('write record', () => azure.calls.fails('write record', denied())),
    )

    const message = await failureOf(rotate())

    assert.match(
      message,
      /could not be given back: could not do it: a role is missing\. It ends at .* input release of RotateTaskHub/,
    )
    assert.equal(lockNow()?.holder.run, '101')
  })

  it('keeps the kind of its failure', async () => {
    const { azure, rotate } = open(new FakeAzure(app()).hub('shop99', { verdict: 'busy' }))
    await assert.rejects(rotate(), Refusal)
    azure.calls.fails('look', denied())
    await assert.rejects(rotate(), AzureFailure)
  })

  it('cleans up only what it took itself', async () => {
    const held = open(
      new FakeAzure(app())
        .hub('shop7')
        .hub('shop8')
        .keep(heldBy(run, { kept: true })),
    )
    await held.cleanUp()
    assert.equal(held.lockNow()?.holder.run, '101')
    const died = open(new FakeAzure(app()).hub('shop7').hub('shop8').keep(heldBy(run)))
    await died.cleanUp()
    assert.equal(died.lockNow(), undefined)

    const own = open()
    await own.cleanUp()
    assert.equal(own.lockNow(), undefined)
  })

  it('takes no lock to find that there is nothing to delete', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app()).keep(heldBy(rival)))

    assert.equal((await cleanUp()).result, 'succeeded')
    assert.deepEqual(azure.mutations, [])
  })

  it('gives back what a clean-up of the same run held when it died, where nothing is left to delete', async () => {
    const { lockNow, cleanUp } = open(new FakeAzure(app()).keep(heldBy(run)))

    assert.equal((await cleanUp()).result, 'succeeded')
    assert.equal(lockNow(), undefined)
  })
})

describe('A task that is cancelled', () => {
  for (const act of acts) {
    it(`gives the lock back or says what is still under way, wherever it is cancelled: ${act}`, async () => {
      const whole = open()
      await whole[act]()
      const calls = whole.azure.calls.made.length
      for (let at = 1; at <= calls; at++) {
        const opened = open()
        opened.azure.calls.onEach((count) => {
          if (count === at) opened.abort.abort()
        })
        const ended = await opened[act]().catch((error: unknown) => error)
        const lock = opened.lockNow()
        const where = `${act}, cancelled during call ${at} (${whole.azure.calls.made[at - 1] ?? ''})`
        if (!(ended instanceof Cancelled)) {
          assert.ok(!(ended instanceof Error), `${where}: ${String(ended)}`)
          assert.equal(lock !== undefined, act === 'rotate', where)
        } else if (lock === undefined) {
          assert.doesNotMatch(ended.message, /still holds/, where)
        } else {
          assert.match(
            ended.message,
            /This run still holds the deployment lock of 'shop', because it was about to/,
            where,
          )
          assert.ok(lock.changing, where)
        }
      }
    })
  }

  it('sends nothing after a cancel in its fence', async () => {
    const { azure, abort, swap, lockNow } = open()
    let writes = 0
    azure.calls.onEach(() => {
      if (azure.calls.made.at(-1) === 'write record' && ++writes === 3) abort.abort()
    })

    await assert.rejects(swap(), Cancelled)

    assert.deepEqual(changesOf(azure), [])
    assert.equal(lockNow(), undefined)
  })
})

describe('The fence', () => {
  it('is the last that is asked before the settings are written', async () => {
    const { azure, rotate } = open()
    await rotate()
    const at = azure.calls.made.indexOf('writeSettings')
    assert.deepEqual(azure.calls.made.slice(at - 2, at), ['read record', 'write record'])
    assert.ok(azure.mutations.includes(written))
  })

  it('is the last that is asked before a swap, but for one reading of the target, and before a part is deleted', async () => {
    for (const [act, call, between] of [
      ['swap', 'requestSwap', ['glance']],
      ['cleanUp', 'deletePart', []],
    ] as const) {
      const { azure, ...opened } = open()
      await opened[act]()
      for (const [at, made] of azure.calls.made.entries()) {
        if (made !== call) continue
        const last = ['read record', 'write record', ...between]
        assert.deepEqual(azure.calls.made.slice(at - last.length, at), last)
      }
      assert.ok(azure.calls.made.includes(call), azure.calls.made.join())
    }
  })
})

describe('The input release', () => {
  for (const act of ['rotate', 'swap'] as const) {
    it(`gives back another run's lock, with a reason to take it over, and does nothing else: ${act}`, async () => {
      const changing = { what: 'swap', at: '2026-11-21T09:00:00.000Z' }
      const opened = open(new FakeAzure(app()).keep(heldBy(rival, { changing })))

      const report = await opened[act]({
        lock: { ...swapWanted.lock, release: 'its agent is gone', takeOver: 'asked Anna' },
      })

      assert.equal(report.result, 'succeeded')
      assert.match(report.message, /was given back; it was held by run '102' of project 'shop'/)
      assert.equal(opened.lockNow(), undefined)
      assert.deepEqual(changesOf(opened.azure), [])
      const [entry] = opened.azure.record()?.audit ?? []
      assert.equal(entry?.action, 'release')
      assert.match(entry.evidence, /^its agent is gone; asked Anna \(it was held by run '102'/)
      assert.match(opened.log.warnings.join(), /was about to swap/)
    })

    it(`leaves the lock of another run alone: ${act}`, async () => {
      const opened = open(new FakeAzure(app()).keep(heldBy(rival)))

      await assert.rejects(
        opened[act]({ lock: { ...swapWanted.lock, release: 'a step failed' } }),
        /was not given back: it is held by run '102' of project 'shop'.*give takeOver with a reason beside release/,
      )
      assert.equal(opened.lockNow()?.holder.run, '102')
      assert.deepEqual(opened.azure.mutations, [])
    })

    it(`succeeds where there is no lock, and says so: ${act}`, async () => {
      const opened = open()
      const report = await opened[act]({ lock: { ...swapWanted.lock, release: 'to be sure' } })
      assert.equal(report.result, 'succeeded')
      assert.match(report.message, /There was no deployment lock of 'shop' to give back/)
      assert.deepEqual(opened.azure.mutations, [])
    })
  }
})

describe('The place of the lock', () => {
  it('is every account of the slots and of production, each once', async () => {
    const twoAccounts = app().slot('staging', { hub: 'shop99', account: 'stagingdata' })
    const { azure, swap } = open(new FakeAzure(twoAccounts))

    await swap({ lock: { ...swapWanted.lock, keep: true } })

    assert.equal(azure.record()?.lock?.holder.run, '101')
    assert.equal(azure.record('shop', 'stagingdata')?.lock?.holder.run, '101')
  })

  it('must be known', async () => {
    const hidden = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/s)' }
    const { azure, rotate } = open(new FakeAzure(app().slot('staging', { settings: hidden })))

    assert.match(
      await failureOf(rotate({ evidence: 'managementApi' })),
      /kept in the storage account.*or set lock to false/,
    )
    assert.deepEqual(azure.mutations, [])
  })
})

describe('A slot that is given another storage account while a clean-up takes the lock', () => {
  it('has nothing deleted there, where no lock was taken', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app()).hub('shop7').hub('shop7', {}, 'otherdata'))
    azure.calls.onEach(() => {
      if (!azure.record()?.lock) return
      for (const slot of ['production', 'staging'])
        azure.apps.set('shop', slot, { AzureWebJobsStorage: connectionTo('otherdata') })
    })

    const failure = await failureOf(cleanUp({ taskHubs: [{ name: hubNamed('shop7') }] }))

    assert.match(failure, /they name storage account 'otherdata' now\. Nothing was changed\. Run again\./)
    assert.deepEqual(changesOf(azure), [])
  })
})

describe('A task that waits longer than its lock holds', () => {
  it('still holds it in the end', async () => {
    const { clock, lockNow, swap } = open()
    let until = ''
    clock.at(5 * hour, () => (until = lockNow()?.until ?? ''))

    const report = await swap({ settleMs: 6 * hour, timeoutMs: 12 * hour })

    assert.equal(report.result, 'succeeded', report.message)
    assert.ok(Date.parse(until) > Date.parse('2026-11-21T15:00:00Z'), until)
  })
})

describe('A lock that is kept for the run', () => {
  it('stays where the next task never heard whether it took it', async () => {
    const { azure, cleanUp, swap, lockNow } = open(new FakeAzure(app()).hub('shop7').keep(heldBy(run, { kept: true })))
    for (const act of [cleanUp, swap]) {
      azure.calls.after('write record', () => {
        azure.calls.fails('read record', denied())
        throw lostReply()
      })
      const message = await failureOf(act())
      assert.match(message, /still holds the deployment lock of 'shop', which an earlier task of it kept\./)
      assert.equal(lockNow()?.holder.run, '101')
    }
  })

  it('is looked for at the end of the job from the start of a rotation, but not for one without a lock', async () => {
    const { deps, signal } = open()
    const attempt = async (twist: Partial<typeof rotateWanted>): Promise<number> => {
      let told = 0
      const readHostJson = () => Promise.reject(new Refusal('The package cannot be read.'))
      const mayHoldLock = () => {
        told++
      }
      const wanted = { ...rotateWanted, package: 'app.zip', ...twist }
      await assert.rejects(rotateTaskHub(wanted, { ...deps, readHostJson, mayHoldLock }, signal), Refusal)
      return told
    }

    assert.equal(await attempt({}), 1)
    assert.equal(await attempt({ dryRun: true }), 0)
    assert.equal(await attempt({ lock: { ...rotateWanted.lock, take: false } }), 0)
  })
})
