import assert from 'node:assert/strict'
import { AzureFailure } from '../../core/failures.ts'
import type { SlotName } from '../../core/function-app/picture.ts'
import { production } from '../../core/function-app/picture.ts'
import type { News } from '../../core/service/ports.ts'
import { tellStateService } from '../../tasks/tell-state-service.ts'
import { app } from '../support/app.ts'
import { FakeAzure } from '../support/fake-azure.ts'
import { story } from './story.ts'

const stateService = { url: 'https://state.example', key: 'k3y' }
const address = { name: 'shop', resourceGroup: 'shop-rg' }
const deleted = (name: string): News => ({ kind: 'cleanup', taskHub: { account: 'shopdata', name } })
const noAnswer = new AzureFailure("Could not tell the state service: 'state.example' did not answer within 10 s.", {
  operation: 'tell',
  kind: 'timeout',
  mayHaveHappened: true,
})
const unreached = new AzureFailure("Could not tell the state service: 'state.example' could not be reached.", {
  operation: 'tell',
  kind: 'network',
})
const signedOut = new AzureFailure('Could not tell the state service: the answer was 401.', {
  operation: 'tell',
  kind: 'denied',
})
const stillThere = new AzureFailure('Could not tell the state service: the answer was 409 (Still there).', {
  operation: 'tell',
  kind: 'conflict',
})

function open() {
  const { azure, log, abort, deps, signal } = story(new FakeAzure(app()))
  const tell = async (news: readonly News[], dryRun = false) =>
    await tellStateService({ stateService, dryRun }, deps, { app: address, news }, signal)
  return { azure, log, abort, deps, signal, tell }
}

describe('telling a state service', () => {
  it('tells each thing once, with who did it', async () => {
    const { azure, log, tell } = open()

    await tell([deleted('shop7'), deleted('shop8')])

    assert.deepEqual(
      azure.told.map(({ news, by, app: name }) => [news, by, name]),
      [
        [deleted('shop7'), '101', 'shop'],
        [deleted('shop8'), '101', 'shop'],
      ],
    )
    assert.deepEqual(azure.told[0]?.address, stateService)
    assert.equal(log.lines[0], "The state service was told that task hub 'shop7' was deleted: Noted.")
    assert.deepEqual(log.warnings, [])
  })

  it('tells nobody where no service is given', async () => {
    const { azure, deps, signal } = open()
    await tellStateService({ dryRun: false }, deps, { app: address, news: [deleted('shop7')] }, signal)
    assert.deepEqual(azure.calls.made, [])
  })

  it('only says in a dry run what would be told', async () => {
    const { azure, log, tell } = open()
    const slot = 'staging' as SlotName
    const hub = { name: 'shop9' }
    const swap: News = { kind: 'swap', id: 'x', sourceSlot: slot, targetSlot: production, taskHub: hub }

    await tell([{ kind: 'staging', slot, taskHub: hub, build: '1' }, swap, { ...swap, rolledBack: true }], true)

    assert.deepEqual(log.lines, [
      "Dry run: the state service 'https://state.example' would be told that slot 'staging' has task hub 'shop9'; slots " +
        "'staging' and 'production' were swapped, and 'production' runs task hub 'shop9'; slots 'staging' and 'production' " +
        "were swapped back, and 'production' runs task hub 'shop9'.",
    ])
    assert.deepEqual(azure.told, [])
  })

  for (const failure of [unreached, signedOut]) {
    it(`warns once where that fails (${failure.kind}), tries nothing more, and says that this is not unsafe`, async () => {
      const { azure, log, tell } = open()
      azure.calls.fails('tell state service', failure)

      await tell([deleted('shop7'), deleted('shop8')])

      assert.deepEqual(log.warnings, [
        "The state service was not told that task hub 'shop7' was deleted; task hub 'shop8' was deleted: " +
          `${failure.message.replace('Could', 'could')} The deployment is no less safe: the service reads slots and task hubs ` +
          'itself, and finds it out at its next look.',
      ])
      assert.deepEqual(azure.told, [])
    })
  }

  it('says that it does not know what was told where no reply came, and tries the next', async () => {
    const { azure, log, tell } = open()
    azure.calls.loses('tell state service', noAnswer)

    await tell([deleted('shop7'), deleted('shop8')])

    assert.deepEqual(
      azure.told.map(({ news }) => news),
      [deleted('shop7'), deleted('shop8')],
    )
    assert.deepEqual(log.warnings, [
      "It is not known whether the state service was told that task hub 'shop7' was deleted: could not tell the state service: " +
        "'state.example' did not answer within 10 s. The deployment is no less safe: the service reads slots and task hubs " +
        'itself, and finds it out at its next look.',
    ])
  })

  it('tries nothing more where no reply came twice, and says what it never told', async () => {
    const { azure, log, tell } = open()
    azure.calls.fails('tell state service', noAnswer)
    azure.calls.fails('tell state service', noAnswer)

    await tell([deleted('shop7'), deleted('shop8'), deleted('shop9')])

    assert.equal(azure.calls.made.length, 2)
    assert.equal(log.warnings.length, 1)
    assert.match(
      log.warnings[0] ?? '',
      /^It is not known whether .* 'shop7' was deleted; task hub 'shop8' was deleted: .* The state service was not told that task hub 'shop9' was deleted: /,
    )
  })

  it('goes on with the next where the service does not enter one thing', async () => {
    const { azure, log, tell } = open()
    azure.calls.fails('tell state service', stillThere)

    await tell([deleted('shop7'), deleted('shop8')])

    assert.deepEqual(
      azure.told.map(({ news }) => news),
      [deleted('shop8')],
    )
    assert.equal(log.warnings.length, 1)
    assert.match(log.warnings[0] ?? '', /^The state service was not told that task hub 'shop7' was deleted: .*409/)
  })

  it('fails nothing whatever is thrown, and prints it so that it can be printed', async () => {
    const { azure, log, tell } = open()
    azure.calls.fails('tell state service', new TypeError('##vso[task.complete result=Failed]\nno such thing'))

    await tell([deleted('shop7')])

    assert.equal(log.warnings.length, 1)
    assert.ok(!/##vso|\n/.test(log.warnings.join()))
  })

  it('ends at once when the run is cancelled', async () => {
    const { azure, log, abort, tell } = open()
    azure.calls.onEach(() => abort.abort())

    await tell([deleted('shop7'), deleted('shop8')])

    assert.equal(azure.calls.made.length, 1)
    assert.deepEqual(log.warnings, [
      "It is not known whether the state service was told that task hub 'shop7' was deleted: the run was cancelled. The state " +
        "service was not told that task hub 'shop8' was deleted: the run was cancelled. The deployment is no less safe: the " +
        'service reads slots and task hubs itself, and finds it out at its next look.',
    ])
  })

  it('sends nothing once the run is cancelled', async () => {
    const { azure, log, abort, tell } = open()
    abort.abort()

    await tell([deleted('shop7')])

    assert.deepEqual(azure.calls.made, [])
    assert.match(log.warnings.join(), /^The state service was not told .*: the run was cancelled\. The deployment/)
  })
})
