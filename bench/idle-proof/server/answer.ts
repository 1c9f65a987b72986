/** One answer to a request. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function json(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json;odata=minimalmetadata', ...headers }, body }
}

export function xml(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: `<?xml version="1.0" encoding="utf-8"?>${body}`,
  }
}

export type Service = 'table' | 'queue' | 'blob'

/** An error in the form of its service: "Status and error codes". */
export function failure(service: Service, status: number, code: string, message: string): Answer {
  const headers = { 'x-ms-error-code': code }
  if (service !== 'table')
    return xml(status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`, headers)
  const error = { 'odata.error': { code, message: { lang: 'en-US', value: message } } }
  return json(status, JSON.stringify(error), headers)
}
