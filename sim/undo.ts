/** Undoes a fault. */
export type Undo = () => void
