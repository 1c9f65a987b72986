import { densityOf } from '../../../core/key-range/sample.ts'

export const whole = { from: '', to: undefined }

/** A page of keys that are spread evenly, how full it says they are, and what is left behind it. */
export const page = {
  keys: Array.from({ length: 1000 }, (_, index) => (index * 3).toString(16).padStart(4, '0')),
  pages: 1,
}
export const density = densityOf(whole, page)
export const rest = { from: '0bb5', to: undefined, surveyed: false, surprises: 0 }

/** A page of keys that begin alike. */
export const serial = (index: number) => `order-2026-11-21-${String(index).padStart(9, '0')}`
export const serials = { keys: Array.from({ length: 1000 }, (_, index) => serial(index)), pages: 1 }
