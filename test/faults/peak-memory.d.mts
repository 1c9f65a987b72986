/** The most memory that this process ever had, in bytes. */
export declare function peakMemory(): number
