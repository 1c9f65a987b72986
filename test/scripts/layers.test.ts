// Who may import whom, asked of the linter itself: in its configuration a later block replaces the patterns of an earlier one.
import assert from 'node:assert/strict'
import { ESLint, Linter } from 'eslint'
import { root } from '../../scripts/packaging/project.ts'

const eslint = new ESLint({ cwd: root })
const linter = new Linter()

async function complaints(file: string, code: string): Promise<readonly string[]> {
  const { rules } = (await eslint.calculateConfigForFile(file)) as { rules: Linter.RulesRecord }
  const layers = Object.entries(rules).filter(([name]) => name.startsWith('no-restricted'))
  return linter.verify(code, { rules: Object.fromEntries(layers) }).map(({ message }) => message)
}

const importing = (path: string) => `import * as it from '${path}'; it.use()`

describe('the linter', () => {
  for (const [file, path] of [
    ['core/swap/plan.ts', '../azure/arm/client.ts'],
    ['core/swap/plan.ts', '../../tasks/look-at-app.ts'],
    ['core/swap/plan.ts', 'node:fs/promises'],
    ['core/swap/plan.ts', 'fflate'],
    ['core/record/held-lock.ts', '../../tasks/lock/with-lock.ts'],
    ['core/record/change-record.ts', '../azure/storage/blobs.ts'],
    ['core/azure/arm/client.ts', '../../../tasks/agent/agent.ts'],
    ['core/azure/arm/client.ts', 'azure-pipelines-task-lib/task.js'],
    ['tasks/look-at-app.ts', '../core/azure/arm/client.ts'],
    ['tasks/look-at-app.ts', './agent/agent.ts'],
    ['tasks/SlotSwap/run.ts', '../../core/azure/arm/client.ts'],
    ['tasks/SlotSwap/run.ts', '../RotateTaskHub/report.ts'],
    ['tasks/SlotSwap/run.ts', '../agent/read-inputs.ts'],
    ['tasks/SlotSwap/run.ts', './SlotSwapV1/inputs.ts'],
    ['tasks/lock/with-lock.ts', '../SlotSwap/run.ts'],
    ['tasks/lock/with-lock.ts', '../agent/run-identity.ts'],
    ['tasks/lock/with-lock.ts', '../../emulator/azure.ts'],
    ['tasks/lock/with-lock.ts', 'node:crypto'],
    ['tasks/lock/places.ts', '../../core/azure/storage/blobs.ts'],
    ['tasks/SlotSwap/SlotSwapV1/inputs.ts', '../../../core/azure/http/client.ts'],
    ['tasks/SlotSwap/SlotSwapV1/inputs.ts', 'axios'],
    ['tasks/SlotSwap/SlotSwapV1/index.ts', '../../../emulator/azure.ts'],
    ['tasks/agent/connect.ts', '../../emulator/azure.ts'],
    ['tasks/agent/connect.ts', '../SlotSwap/run.ts'],
    ['emulator/azure.ts', '../core/json.ts'],
    ['emulator/azure.ts', '../test/support/app.ts'],
    ['pipeline-runner/cli.ts', '../core/json.ts'],
    ['pipeline-runner/cli.ts', '../emulator/azure.ts'],
    ['demo/run.ts', '../tasks/look-at-app.ts'],
    ['scripts/build.ts', '../test/support/app.ts'],
    ['core/azure/storage/rows.ts', '../../../bench/idle-proof/server/table.ts'],
    ['tasks/SlotSwap/SlotSwapV1/index.ts', '../../../bench/run.ts'],
    ['bench/run.ts', '../test/support/app.ts'],
    ['bench/run.ts', 'azure-pipelines-task-lib/task.js'],
  ] as const) {
    it(`does not let ${file} import '${path}'`, async () => {
      assert.equal((await complaints(file, importing(path))).length, 1)
    })
  }

  for (const [file, path] of [
    ['core/swap/plan.ts', '../function-app/picture.ts'],
    ['core/retire/plan.ts', '../azure-port.ts'],
    ['core/azure/arm/client.ts', '../http/answer.ts'],
    ['tasks/SlotSwap/run.ts', '../look-at-app.ts'],
    ['tasks/SlotSwap/run.ts', '../lock/with-lock.ts'],
    ['tasks/lock/with-lock.ts', '../../core/record/held-lock.ts'],
    ['tasks/lock/with-lock.ts', '../deps.ts'],
    ['tasks/agent/lock-inputs.ts', '../lock/wanted.ts'],
    ['tasks/SlotSwap/SlotSwapV1/inputs.ts', '../../agent/read-inputs.ts'],
    ['tasks/agent/connect.ts', '../../core/azure/arm/function-apps.ts'],
    ['demo/run.ts', '../emulator/azure.ts'],
    ['bench/idle-proof/clients/ours.ts', '../../../core/azure/storage/task-hubs.ts'],
    ['bench/idle-proof/clients/listing.ts', '@azure/data-tables'],
  ] as const) {
    it(`lets ${file} import '${path}'`, async () => {
      assert.deepEqual(await complaints(file, importing(path)), [])
    })
  }

  for (const code of ['Date.now()', 'new Date()', 'Math.random()', 'setTimeout(go, 1)', 'process.exit()']) {
    for (const file of ['core/swap/plan.ts', 'core/record/held-lock.ts', 'tasks/lock/with-lock.ts']) {
      it(`does not let ${file} say ${code}`, async () => {
        assert.equal((await complaints(file, `void ${code}`)).length, 1)
      })
    }
  }
})
