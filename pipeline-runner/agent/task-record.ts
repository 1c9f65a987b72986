import type { SecretMasker } from './secret-masker.ts'
import type { Attachment, Issue, TaskResult, TaskRun } from './task-run.ts'
import { worse } from './task-run.ts'

type RecordOptions = {
  readonly onLine: (line: string) => void
  readonly onProgress: (percent: number, text: string) => void
  readonly debugging: boolean
}

/** What a running task has said so far. */
export class TaskRecord {
  readonly issues: Issue[] = []
  readonly attachments: Attachment[] = []
  readonly outputs: Record<string, string> = {}
  readonly variables: Record<string, string> = {}
  readonly secrets: string[] = []
  readonly lines: string[] = []
  readonly raw: string[] = []
  /** Aborted by `task.complete done=true`. */
  done = new AbortController()
  reported: TaskResult | undefined
  commandFailed = false
  progress = 0
  completion = ''

  private readonly masker: SecretMasker
  private readonly onLine: (line: string) => void
  private readonly onProgress: (percent: number, text: string) => void
  private readonly debugging: boolean

  constructor(masker: SecretMasker, options: RecordOptions) {
    this.masker = masker
    this.onLine = options.onLine
    this.onProgress = options.onProgress
    this.debugging = options.debugging
  }

  write(text: string): void {
    const line = this.masker.mask(text)
    this.lines.push(line)
    this.onLine(line)
  }

  debug(text: string): void {
    if (this.debugging) this.write(`##[debug]${text}`)
  }

  issue(type: Issue['type'], message: string): void {
    this.issues.push({ type, message: this.masker.mask(message) })
    if (message !== '') this.write(`##[${type}]${message}`)
  }

  secret(value: string): void {
    this.masker.add(value)
    if (value.trim() !== '') this.secrets.push(value)
  }

  /** What the timeline shows beside the step; it never goes back (azure-pipelines-agent ExecutionContext.cs). */
  advance(percent: number, text: string): void {
    this.progress = Math.max(this.progress, percent)
    this.onProgress(this.progress, this.masker.mask(text))
  }

  complete(result: TaskResult, message: string): void {
    this.reported = worse(this.reported, result)
    this.progress = 100
    if (message !== '') this.completion = message
  }

  /** Before a retry the agent forgets the result, not the issues (azure-pipelines-agent RetryHelper.cs). */
  forgetResult(): void {
    this.reported = undefined
    this.done = new AbortController()
    this.commandFailed = false
    this.completion = ''
  }

  summary(): Omit<TaskRun, 'result' | 'exitCode' | 'signalsSent' | 'attempts' | 'durationMs'> {
    const { reported, issues, outputs, variables, secrets, attachments, progress } = this
    const message = this.masker.mask(this.completion) || (issues.find(({ type }) => type === 'error')?.message ?? '')
    return {
      ...{ reported, message, issues, outputs, variables, secrets, attachments, progress },
      ...{ log: this.lines.join('\n'), raw: this.raw.join('\n') },
    }
  }
}
