/*
 * AES-XTS (IEEE 1619) over runs of data units, by VAES and AVX-512: 32 blocks of 16 bytes at a time.
 *
 * Position-independent; it calls nothing, uses no stack, and no jump or address depends on a key or
 * on data. Registers that held keys or tweaks are cleared before the return. Arguments travel as in
 * the System V ABI for x86-64; registers used are all the caller's.
 *
 *   expand(rdi schedule, rsi key, rdx key bytes: 32 or 64)
 *   encrypt, decrypt(rdi schedule, rsi from, rdx to, rcx unit bytes << 32 | units,
 *                    r8 low and r9 high word of the first data unit number)
 *
 * A data unit is a multiple of 16 bytes. A schedule is 46 entries of 16 bytes: 15 round keys to
 * encrypt, 15 to decrypt (FIPS 197, equivalent inverse cipher), 15 of the tweak key, and one whose
 * first word says how many rounds precede the last ten. AES-128 leaves entries 1 to 4 of each unused.
 *
 * Assembled into resources/dev/keyslot/base/cipher/xts.x86-64 by stack/src/main/asm/assemble;
 * VaesCodeTest assembles it again and compares.
 */
  .intel_syntax noprefix
  .text

  .set TO_DECRYPT, 240
  .set OF_TWEAK, 480
  .set EXTRA_ROUNDS, 720

start:
  .long expand - start, encrypt - start, decrypt - start, end - start

  .balign 64
polynomial: /* x^128 = x^7 + x^2 + x + 1 */
  .rept 4
  .quad 0x87, 0
  .endr
left:
  .quad 0, 0, 1, 1, 2, 2, 3, 3
right:
  .quad 64, 64, 63, 63, 62, 62, 61, 61
ones:
  .quad -1

/* ---- key expansion (FIPS 197, 5.2) ---- */

/* The next four words: \words ^= its own words shifted up, and \mix spread over all of them. */
  .macro NEXT_WORDS words, mix
  vpslldq xmm3, \words, 4
  vpxor \words, \words, xmm3
  vpslldq xmm3, xmm3, 4
  vpxor \words, \words, xmm3
  vpslldq xmm3, xmm3, 4
  vpxor \words, \words, xmm3
  vpxor \words, \words, \mix
  .endm

/* Fifteen round keys of the 32 bytes at \key to \to. */
  .macro EXPAND_256 key, to
  vmovdqu xmm0, [\key]
  vmovdqu xmm1, [\key + 16]
  vmovdqu [\to], xmm0
  vmovdqu [\to + 16], xmm1
  .set entry, 2
  .irp rcon, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40
  vaeskeygenassist xmm2, xmm1, \rcon
  vpshufd xmm2, xmm2, 0xff
  NEXT_WORDS xmm0, xmm2
  vmovdqu [\to + 16 * entry], xmm0
  .set entry, entry + 1
  .if entry < 15
  vaeskeygenassist xmm2, xmm0, 0
  vpshufd xmm2, xmm2, 0xaa
  NEXT_WORDS xmm1, xmm2
  vmovdqu [\to + 16 * entry], xmm1
  .set entry, entry + 1
  .endif
  .endr
  .endm

/* Eleven round keys of the 16 bytes at \key to entries 0 and 5 to 14 of \to. */
  .macro EXPAND_128 key, to
  vmovdqu xmm0, [\key]
  vmovdqu [\to], xmm0
  .set entry, 5
  .irp rcon, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36
  vaeskeygenassist xmm2, xmm0, \rcon
  vpshufd xmm2, xmm2, 0xff
  NEXT_WORDS xmm0, xmm2
  vmovdqu [\to + 16 * entry], xmm0
  .set entry, entry + 1
  .endr
  .endm

/* The round keys to decrypt: the others backwards, all but first and last through InvMixColumns. */
  .macro INVERT first, sum
  vmovdqu xmm0, [rdi + 16 * 14]
  vmovdqu [rdi + TO_DECRYPT], xmm0
  vmovdqu xmm0, [rdi]
  vmovdqu [rdi + TO_DECRYPT + 16 * 14], xmm0
  .set entry, \first
  .rept 14 - \first
  vmovdqu xmm0, [rdi + 16 * (\sum - entry)]
  vaesimc xmm0, xmm0
  vmovdqu [rdi + TO_DECRYPT + 16 * entry], xmm0
  .set entry, entry + 1
  .endr
  .endm

  .balign 64
expand:
  cmp rdx, 64
  jne 1f
  mov qword ptr [rdi + EXTRA_ROUNDS], 4
  EXPAND_256 rsi, rdi
  EXPAND_256 rsi + 32, rdi + OF_TWEAK
  INVERT 1, 14
  vzeroall
  ret
1:
  mov qword ptr [rdi + EXTRA_ROUNDS], 0
  EXPAND_128 rsi, rdi
  EXPAND_128 rsi + 16, rdi + OF_TWEAK
  INVERT 5, 18
  vzeroall
  ret

/* ---- data ---- */

/* \to = \from times x^bits in each 128-bit lane, 0 < bits < 64; \from may be \to. */
  .macro TIMES to, from, bits
  vpsrlq zmm31, \from, 64 - \bits
  vpsllq \to, \from, \bits
  vpclmulqdq zmm7, zmm31, zmmword ptr [rip + polynomial], 0x01
  vpslldq zmm31, zmm31, 8
  vpternlogq \to, zmm31, zmm7, 0x96
  .endm

/* One round over zmm0 to zmm7 with the round key \key. */
  .macro ROUND op, key
  .irp i, 0, 1, 2, 3, 4, 5, 6, 7
  \op zmm\i, zmm\i, \key
  .endr
  .endm

/* \tweak times x^32, for the 32 blocks that follow. */
  .macro NEXT_TWEAK tweak
  vpsrldq zmm31, \tweak, 12
  vpclmulqdq zmm31, zmm31, zmmword ptr [rip + polynomial], 0x00
  vpslldq \tweak, \tweak, 4
  vpxorq \tweak, \tweak, zmm31
  .endm

  .macro XTS round, last, keys
  mov r10d, ecx /* units */
  shr rcx, 32 /* bytes of a unit */
  test r10d, r10d
  jz 9f
  .set entry, 0
  .irp i, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
  vbroadcasti32x4 zmm\i, [rdi + \keys + 16 * entry]
  .set entry, entry + 1
  .endr

1: /* a unit: its tweak is its number, encrypted */
  vmovq xmm0, r8
  vpinsrq xmm0, xmm0, r9, 1
  vpxor xmm0, xmm0, [rdi + OF_TWEAK]
  cmp qword ptr [rdi + EXTRA_ROUNDS], 0
  je 2f
  .irp i, 1, 2, 3, 4
  vaesenc xmm0, xmm0, [rdi + OF_TWEAK + 16 * \i]
  .endr
2:
  .irp i, 5, 6, 7, 8, 9, 10, 11, 12, 13
  vaesenc xmm0, xmm0, [rdi + OF_TWEAK + 16 * \i]
  .endr
  vaesenclast xmm0, xmm0, [rdi + OF_TWEAK + 16 * 14]

  /* zmm8 to zmm15: the tweaks of the first 32 blocks */
  vshufi32x4 zmm0, zmm0, zmm0, 0
  vpsrlvq zmm1, zmm0, zmmword ptr [rip + right]
  vpsllvq zmm8, zmm0, zmmword ptr [rip + left]
  vpclmulqdq zmm2, zmm1, zmmword ptr [rip + polynomial], 0x01
  vpslldq zmm1, zmm1, 8
  vpternlogq zmm8, zmm1, zmm2, 0x96
  TIMES zmm9, zmm8, 4
  TIMES zmm10, zmm8, 8
  TIMES zmm11, zmm8, 12
  TIMES zmm12, zmm8, 16
  TIMES zmm13, zmm8, 20
  TIMES zmm14, zmm8, 24
  TIMES zmm15, zmm8, 28

  mov rax, rcx /* bytes left of the unit */
  sub rax, 512
  jb 5f
3: /* 32 blocks */
  .irp i, 0, 1, 2, 3, 4, 5, 6, 7
  vmovdqu64 zmm\i, [rsi + 64 * \i]
  .endr
  vpternlogq zmm0, zmm8, zmm16, 0x96
  vpternlogq zmm1, zmm9, zmm16, 0x96
  vpternlogq zmm2, zmm10, zmm16, 0x96
  vpternlogq zmm3, zmm11, zmm16, 0x96
  vpternlogq zmm4, zmm12, zmm16, 0x96
  vpternlogq zmm5, zmm13, zmm16, 0x96
  vpternlogq zmm6, zmm14, zmm16, 0x96
  vpternlogq zmm7, zmm15, zmm16, 0x96
  cmp qword ptr [rdi + EXTRA_ROUNDS], 0
  je 4f
  ROUND \round, zmm17
  ROUND \round, zmm18
  ROUND \round, zmm19
  ROUND \round, zmm20
4:
  ROUND \round, zmm21
  ROUND \round, zmm22
  ROUND \round, zmm23
  ROUND \round, zmm24
  ROUND \round, zmm25
  ROUND \round, zmm26
  ROUND \round, zmm27
  ROUND \round, zmm28
  ROUND \round, zmm29
  ROUND \last, zmm30
  vpxorq zmm0, zmm0, zmm8
  vpxorq zmm1, zmm1, zmm9
  vpxorq zmm2, zmm2, zmm10
  vpxorq zmm3, zmm3, zmm11
  vpxorq zmm4, zmm4, zmm12
  vpxorq zmm5, zmm5, zmm13
  vpxorq zmm6, zmm6, zmm14
  vpxorq zmm7, zmm7, zmm15
  .irp i, 0, 1, 2, 3, 4, 5, 6, 7
  vmovdqu64 [rdx + 64 * \i], zmm\i
  .endr
  add rsi, 512
  add rdx, 512
  test rax, rax
  jz 8f
  .irp i, 8, 9, 10, 11, 12, 13, 14, 15
  NEXT_TWEAK zmm\i
  .endr
  sub rax, 512
  jae 3b

5: /* fewer than 32 blocks: four at a time, the last ones under a mask */
  add rax, 512
6:
  mov r11, rax
  shr r11, 3
  bzhi r11, qword ptr [rip + ones], r11
  kmovw k1, r11d /* a bit for each 8 bytes; those above the eighth do not count */
  vmovdqu64 zmm0{k1}{z}, [rsi]
  vpternlogq zmm0, zmm8, zmm16, 0x96
  cmp qword ptr [rdi + EXTRA_ROUNDS], 0
  je 7f
  .irp i, 17, 18, 19, 20
  \round zmm0, zmm0, zmm\i
  .endr
7:
  .irp i, 21, 22, 23, 24, 25, 26, 27, 28, 29
  \round zmm0, zmm0, zmm\i
  .endr
  \last zmm0, zmm0, zmm30
  vpxorq zmm0, zmm0, zmm8
  vmovdqu64 [rdx]{k1}, zmm0
  cmp rax, 64
  jbe 7f
  TIMES zmm8, zmm8, 4
  add rsi, 64
  add rdx, 64
  sub rax, 64
  jmp 6b
7:
  add rsi, rax
  add rdx, rax

8: /* the next data unit number */
  add r8, 1
  adc r9, 0
  dec r10d
  jnz 1b

  .irp i, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  vpxord zmm\i, zmm\i, zmm\i
  .endr
  vzeroall
9:
  ret
  .endm

  .balign 64
encrypt:
  XTS vaesenc, vaesenclast, 0

  .balign 64
decrypt:
  XTS vaesdec, vaesdeclast, TO_DECRYPT

  .balign 64
end:
