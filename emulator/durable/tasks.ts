/** What an orchestrator yields: something that History will tell the outcome of. */
export class Task {
  state: 'open' | 'completed' | 'failed' | 'canceled' = 'open'
  result: unknown
  error: Error | undefined
  readonly #onDone: (() => void)[] = []

  get isCompleted(): boolean {
    return this.state !== 'open'
  }

  get isFaulted(): boolean {
    return this.state === 'failed'
  }

  /** A cancelled timer's message stays in the queue: nothing can take it out (issue of every Durable version). */
  cancel(): void {
    if (this.state === 'open') this.state = 'canceled'
  }

  complete(result: unknown): void {
    if (this.state !== 'open') return
    this.state = 'completed'
    this.result = result
    for (const done of this.#onDone) done()
  }

  fail(error: Error): void {
    if (this.state !== 'open') return
    this.state = 'failed'
    this.error = error
    for (const done of this.#onDone) done()
  }

  whenDone(done: () => void): void {
    if (this.isCompleted) done()
    else this.#onDone.push(done)
  }
}

export function allOf(tasks: readonly Task[]): Task {
  const whole = new Task()
  const check = () => {
    const failed = tasks.find((task) => task.isFaulted)
    if (failed?.error) whole.fail(failed.error)
    else if (tasks.every((task) => task.state === 'completed')) whole.complete(tasks.map((task) => task.result))
  }
  for (const task of tasks) task.whenDone(check)
  if (tasks.length === 0) whole.complete([])
  return whole
}

export function anyOf(tasks: readonly Task[]): Task {
  const whole = new Task()
  for (const task of tasks) task.whenDone(() => whole.complete(task))
  return whole
}
