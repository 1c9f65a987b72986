/** A service connection as the agent receives it (azure-pipelines-agent ServiceEndpoint). */
export type ServiceConnection = {
  /** GUID; what the task gets as the input's value. */
  readonly id: string
  /** What a pipeline writes as `azureSubscription`. */
  readonly name: string
  readonly url: string
  readonly scheme: string
  /** Authorization parameters; names as in the service connection. */
  readonly parameters: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
}

/** Authorization parameters that the agent does not mask (azure-pipelines-agent MaskingUtil.cs); every other one is secret. */
const publicParameters = [
  ...['role', 'scope', 'tenantid', 'issuedat', 'expiresat', 'audience', 'authenticationtype', 'authorizationtype'],
  ...['accesstokentype', 'accesstokenfetchingmethod', 'usewindowssecurity', 'unsecured', 'oauthaccesstokenissupplied'],
  ...['completecallbackpayload', 'acceptuntrustedcertificates'],
]

export function secretsOf(connection: ServiceConnection): string[] {
  return Object.entries(connection.parameters)
    .filter(([name]) => !publicParameters.includes(name.toLowerCase()))
    .map(([, value]) => value)
}

/** The connection that a value of a `connectedService:` input names, by GUID or by name, without case. */
export function findConnection(
  connections: readonly ServiceConnection[],
  named: string,
): ServiceConnection | undefined {
  const wanted = named.trim().toLowerCase()
  return connections.find(({ id, name }) => id.toLowerCase() === wanted || name.toLowerCase() === wanted)
}

/** The environment variables through which a task reads a connection (azure-pipelines-agent Handler.cs). */
export function connectionEnvironment(connection: ServiceConnection): Record<string, string> {
  const { id, url, scheme, parameters, data } = connection
  return {
    [`ENDPOINT_URL_${id}`]: url,
    [`ENDPOINT_AUTH_${id}`]: JSON.stringify({ parameters, scheme }),
    [`ENDPOINT_AUTH_SCHEME_${id}`]: scheme,
    ...prefixed(`ENDPOINT_AUTH_PARAMETER_${id}_`, parameters),
    [`ENDPOINT_DATA_${id}`]: JSON.stringify(data),
    ...prefixed(`ENDPOINT_DATA_${id}_`, data),
  }
}

/** The job's own connection to Azure DevOps; it has no GUID and no data. */
export function systemConnectionEnvironment(url: string, accessToken: string): Record<string, string> {
  return {
    ENDPOINT_URL_SYSTEMVSSCONNECTION: url,
    ENDPOINT_AUTH_SYSTEMVSSCONNECTION: JSON.stringify({ parameters: { AccessToken: accessToken }, scheme: 'OAuth' }),
    ENDPOINT_AUTH_SCHEME_SYSTEMVSSCONNECTION: 'OAuth',
    ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN: accessToken,
  }
}

/** Dots and spaces become underscores (azure-pipelines-agent VarUtil.cs). */
export function environmentName(name: string): string {
  return name.replace(/[. ]/g, '_').toUpperCase()
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + environmentName(name), value]))
}
