// What both forms of the gate must hold on: something on the way, or at the address, that is not who is asked.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/packaging/project.ts'
import { page, startScriptedServer } from '../core/azure/scripted-server.ts'
import type { Reply, ScriptedServer } from '../core/azure/scripted-server.ts'
import { statusReply } from '../core/service/status-reply.ts'
import type { Engine } from '../support/server-task/ask.ts'
import { runChain } from '../support/server-task/run-chain.ts'
import type { ChainStep } from '../support/server-task/run-chain.ts'
import { runRequest } from '../support/server-task/run-request.ts'
import type { SingleRequest } from '../support/server-task/run-request.ts'

type Execution = {
  readonly HttpRequestChain: { readonly Execute: readonly ChainStep[] }
  readonly HttpRequest: { readonly Execute: SingleRequest }
}

function executionOf(task: string): Execution {
  const text = readFileSync(join(root, `tasks/${task}/${task}V1/task.json`), 'utf8')
  return (JSON.parse(text) as { execution: Execution }).execution
}

const inputs = { appName: 'shop', resourceGroupName: 'shop-rg', slotName: 'staging' }
const forms: Record<string, (server: ScriptedServer, engine: Engine) => Promise<{ passed: boolean }>> = {
  CheckNoRunningOrchestrationsGate: async ({ url, ca }, engine) => {
    const endpoint = { url: `${url}/`, subscriptionId: 'sub-1', token: 'token', ca }
    return await runChain(
      executionOf('CheckNoRunningOrchestrationsGate').HttpRequestChain.Execute,
      inputs,
      endpoint,
      engine,
    )
  },
  StateServiceGate: async ({ url, ca }, engine) => {
    const given = { ...inputs, stateServiceUrl: url, stateServiceKey: 'key-1', maxProofAgeInSeconds: '0' }
    return await runRequest(executionOf('StateServiceGate').HttpRequest.Execute, given, { engine, ca })
  },
}

const good: Record<string, (path: string) => Reply> = {
  CheckNoRunningOrchestrationsGate: (path) =>
    path.endsWith('/admin/host/status') ? { json: { state: 'Running' } } : { json: [] },
  StateServiceGate: () => ({ json: statusReply() }),
}

const answers: [string, Reply][] = [
  ['a sign-in page', page()],
  ['a sign-in page that says it is JSON', { text: '<html>sign in</html>', type: 'application/json' }],
  ['an empty body', {}],
  ['an empty object', { json: {} }],
  ['an empty list', { json: [] }],
  ['a JSON text', { json: 'idle' }],
  ['null', { text: 'null', type: 'application/json' }],
  ['true', { json: true }],
  ['no content', { status: 204 }],
  ['a status function that runs nothing', { json: { hasRunning: false } }],
  ['an error of Azure at 200', { json: { error: { code: 'Stopped', message: 'idle' } } }],
  ['an answer that breaks off', { instead: 'reset' }],
]

for (const [form, evaluate] of Object.entries(forms)) {
  describe(`the gate ${form}`, () => {
    let server: ScriptedServer
    before(async () => {
      server = await startScriptedServer()
    })
    after(() => server.close())

    const engines = (['asSent', 'lower', 'title'] as const).flatMap((headerNames) =>
      (['error', 'text'] as const).map((notJson): Engine => ({ headerNames, notJson })),
    )
    const passes = async () => {
      const passed: boolean[] = []
      for (const engine of engines) passed.push((await evaluate(server, engine)).passed)
      return passed
    }

    it('passes where it is told so by who is asked', async () => {
      server.answer(({ path }) => good[form]?.(path) ?? {})
      assert.deepEqual(
        await passes(),
        engines.map(() => true),
      )
    })

    for (const [other, reply] of Object.entries(good).filter(([name]) => name !== form)) {
      it(`holds where the answers of ${other} come`, async () => {
        server.answer(({ path }) => reply(path))
        assert.deepEqual(
          await passes(),
          engines.map(() => false),
        )
      })
    }

    for (const [name, reply] of answers) {
      it(`holds where every answer is ${name}`, async () => {
        server.answer(() => reply)
        assert.deepEqual(
          await passes(),
          engines.map(() => false),
        )
      })
    }
  })
}
