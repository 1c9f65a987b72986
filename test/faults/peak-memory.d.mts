/** The most memory that this process ever had, in bytes. */
export declare function peakMemory(): number

/** From now on the most memory is counted anew, where the system can. */
export declare function forgetPeak(): void
