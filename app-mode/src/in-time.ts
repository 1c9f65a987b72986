import type { AppModeClock } from './clock.ts'

/** Throws where the work has not ended in time; a share that hangs would hold everything else for ever. */
export async function inTime<T>(clock: AppModeClock, ms: number, work: Promise<T>): Promise<T> {
  let callOff = (): void => undefined
  const late = new Promise<never>((_, reject) => {
    callOff = clock.after(ms, () => reject(new Error(`It took longer than ${ms} ms.`)))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    callOff()
  }
}
