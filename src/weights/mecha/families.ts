/** Families that sd-mecha knows the blocks of. */
export const MECHA_FAMILIES = ['sd1', 'sdxl'] as const;
