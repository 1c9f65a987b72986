/** What a task tells at its end: the result line, the outputs and the page in the run's summary. */
export type Report = {
  readonly result: 'succeeded' | 'succeededWithIssues' | 'failed'
  /** One message. Of a failure: what was wrong, with which value, and what to do. */
  readonly message: string
  /** Output variables by name; every declared output is set on every run that got as far as knowing it. */
  readonly outputs: Readonly<Record<string, string>>
  /** Job variables by full name, such as `DurableSafeDeployment.TaskHubName`. */
  readonly variables?: Readonly<Record<string, string>>
  /** Markdown; remote text in it has been neutralised and escaped. */
  readonly summary: string
}
