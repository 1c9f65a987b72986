// Kudu's zip deployment: github.com/projectkudu/kudu/wiki/Deploying-from-a-zip-file-or-url. In Azure it has a hostname of its
// own (app.scm.azurewebsites.net); here it answers on the slot's.
import { randomUUID } from 'node:crypto'
import type { Call, Reply } from '../http/call.ts'
import { json } from '../http/call.ts'

type Deployment = { readonly id: string; status: 3 | 4; complete: boolean; text: string }

export class Scm {
  readonly #deployments = new Map<string, Deployment>()
  readonly #authorize: (call: Call) => Reply | undefined
  readonly #deploy: (zip: Buffer) => Promise<void>

  constructor(authorize: (call: Call) => Reply | undefined, deploy: (zip: Buffer) => Promise<void>) {
    this.#authorize = authorize
    this.#deploy = deploy
  }

  /** An answer for Kudu's paths, or undefined for every other. */
  async answer(call: Call): Promise<Reply | undefined> {
    const deployment = /^\/api\/deployments\/([^/]+)$/.exec(call.path)
    if (call.path !== '/api/zipdeploy' && deployment === null) return undefined
    const refused = this.#authorize(call)
    if (refused !== undefined) return refused
    if (deployment === null)
      return call.method === 'POST'
        ? this.#zipDeploy(call)
        : json(405, { Message: 'The requested resource does not support this http method.' })
    const found =
      deployment[1] === 'latest' ? [...this.#deployments.values()].at(-1) : this.#deployments.get(deployment[1] ?? '')
    if (found === undefined) return json(404, { Message: 'No deployment was found.' })
    return json(found.complete ? 200 : 202, view(found))
  }

  async #zipDeploy(call: Call): Promise<Reply> {
    const deployment: Deployment = { id: randomUUID(), status: 4, complete: false, text: '' }
    this.#deployments.set(deployment.id, deployment)
    const done = this.#deploy(call.body).then(
      () => {
        deployment.complete = true
      },
      (error: unknown) => {
        Object.assign(deployment, { complete: true, status: 3, text: String(error) })
      },
    )
    if (call.query.get('isAsync')?.toLowerCase() === 'true') {
      const location = `https://${call.hostName}/api/deployments/${deployment.id}`
      return { status: 202, headers: { location }, effect: true }
    }
    await done
    if (deployment.status === 3) return json(400, { Message: deployment.text })
    return { status: 200, effect: true }
  }
}

/** Status 4 is success and 3 is failure (Kudu.Contracts DeployStatus). */
function view({ id, status, complete, text }: Deployment): unknown {
  return { id, status, status_text: text, complete, active: status === 4, deployer: 'Push-Deployer' }
}
