// A long-running ARM operation on a site; while one runs, every other change is refused.
import { randomUUID } from 'node:crypto'

export type OperationProblem = { readonly status: number; readonly code: string; readonly message: string }

/** The platform refuses or fails an operation; `status` and `code` are what ARM answers. */
export class PlatformError extends Error {
  readonly status: number
  readonly code: string
  readonly extendedCode: string | undefined

  constructor({ status, code, message }: OperationProblem, extendedCode?: string) {
    super(message)
    this.status = status
    this.code = code
    this.extendedCode = extendedCode
  }
}

export class Operation {
  readonly id = randomUUID()
  readonly name: string
  readonly slotName: string
  readonly createdAt = new Date()
  state: 'running' | 'succeeded' | 'failed' = 'running'
  problem: PlatformError | undefined
  /** What a swap was asked to do about virtual networks; nothing comes of it here. */
  preserveVnet: boolean | undefined
  /** Resolves when it is over, well or not. */
  readonly over: Promise<void>

  constructor(name: string, slotName: string, act: () => Promise<void>) {
    this.name = name
    this.slotName = slotName
    this.over = act().then(
      () => {
        this.state = 'succeeded'
      },
      (error: unknown) => {
        this.problem =
          error instanceof PlatformError
            ? error
            : new PlatformError({
                status: 500,
                code: 'InternalServerError',
                message: `There was an unexpected InternalServerError. ${String(error)}`,
              })
        this.state = 'failed'
      },
    )
  }

  /** Azure's own words (azure-pipelines-tasks #11384; extended code as in logs of azurerm users). */
  conflict(): PlatformError {
    const created = this.createdAt.toLocaleString('en-US', { timeZone: 'UTC' }).replace(',', '')
    const details = `Id: ${this.id}, OperationName: ${this.name}, CreatedTime: ${created}, RequestId: ${randomUUID()}, EntityType: 3`
    const message = `Cannot modify this site because another operation is in progress. Details: ${details}`
    return new PlatformError({ status: 409, code: 'Conflict', message }, '59203')
  }
}
