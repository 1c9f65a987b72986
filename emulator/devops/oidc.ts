// Azure DevOps: the id token of a service connection, for workload identity federation.
// learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create; lifetime of ten minutes: learn,
// "Troubleshoot an Azure Resource Manager workload identity service connection".
import type { TrustedIssuer } from '../entra/assertions.ts'
import type { Claims, Issuer } from '../entra/jwt.ts'
import type { Call, Reply } from '../http/call.ts'
import { json } from '../http/call.ts'

export type ServiceConnection = {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly subject: string
}

export class DevOps {
  /** System.AccessToken of the job; issuing id tokens needs it. */
  readonly systemAccessToken: string
  /** Life of id tokens issued from now on, in seconds. */
  lifetimeSeconds = 600
  readonly #connections = new Map<string, ServiceConnection>()
  readonly #issuer: Issuer
  readonly #issued: string[] = []

  constructor(issuer: Issuer, systemAccessToken: string) {
    this.#issuer = issuer
    this.systemAccessToken = systemAccessToken
  }

  get issued(): readonly string[] {
    return this.#issued
  }

  addServiceConnection(connection: ServiceConnection): ServiceConnection {
    this.#connections.set(connection.id.toLowerCase(), connection)
    return connection
  }

  /** Whose id tokens Entra can verify: the issuers of the service connections, all signing with one key here. */
  get trusted(): readonly TrustedIssuer[] {
    const verify = (token: string) => this.#issuer.read(token) !== undefined
    return [...this.#connections.values()].map(({ issuer }) => ({ issuer, verify }))
  }

  /** Answers POST {project}/_apis/distributedtask/hubs/{hub}/plans/{plan}/jobs/{job}/oidctoken. */
  answer(call: Call): Reply {
    if (!/\/_apis\/distributedtask\/hubs\/[^/]+\/plans\/[^/]+\/jobs\/[^/]+\/oidctoken$/i.test(call.path)) {
      return vssError(
        404,
        'Microsoft.TeamFoundation.Framework.Server.ResourceNotFoundException',
        'The controller for the path was not found.',
      )
    }
    if (call.method !== 'POST')
      return vssError(405, 'VssRequestNotSupported', 'The requested resource does not support this http method.')
    if (call.headers['authorization'] !== `Bearer ${this.systemAccessToken}`) {
      return vssError(
        401,
        'UnauthorizedRequestException',
        'TF400813: The user is not authorized to access this resource.',
      )
    }
    if (call.query.get('api-version') === null) {
      return vssError(400, 'VssVersionNotSpecifiedException', 'No api-version was supplied for the request.')
    }
    const id = call.query.get('serviceConnectionId') ?? ''
    const connection = this.#connections.get(id.toLowerCase())
    if (connection === undefined) {
      return vssError(404, 'ServiceEndpointNotFoundException', `Service connection '${id}' was not found.`)
    }
    const oidcToken = this.#issuer.issue(this.#claims(connection, call.issueExpiredTokens))
    this.#issued.push(oidcToken)
    return json(200, { oidcToken })
  }

  #claims({ issuer, subject }: ServiceConnection, expired: boolean): Claims {
    const now = Math.floor(Date.now() / 1000) - (expired ? 7200 : 0)
    return {
      iss: issuer,
      sub: subject,
      aud: 'api://AzureADTokenExchange',
      iat: now,
      nbf: now,
      exp: now + this.lifetimeSeconds,
    }
  }
}

function vssError(status: number, typeKey: string, message: string): Reply {
  return json(status, {
    $id: '1',
    innerException: null,
    message,
    typeName: typeKey,
    typeKey,
    errorCode: 0,
    eventId: 3000,
  })
}
