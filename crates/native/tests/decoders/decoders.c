/* The decoders of `decoders.txt`: each is compiled alone, `-DKIND=n`, and linked at 0x1000. With -DKNOWN=0 the key is an argument,
   so nothing can be recovered: the negative twin. What each writes is "http://ads.example.net/report?id=". */
typedef unsigned char u8;
#ifndef SIZE
#define SIZE 34
#endif
extern const u8 table[];
#if KNOWN
#define KEY 0x5a
void f(u8 *out)
#else
void f(u8 *out, unsigned KEY)
#endif
{
    int i;
#if KIND == 1 /* xor with a constant */
    for (i = 0; i < SIZE; i++) out[i] = table[i] ^ KEY;
#elif KIND == 2 /* xor with the index */
    for (i = 0; i < SIZE; i++) out[i] = table[i] ^ (u8)(i + KEY);
#elif KIND == 3 /* subtract */
    for (i = 0; i < SIZE; i++) out[i] = table[i] - KEY;
#elif KIND == 4 /* a table of places in an alphabet */
    const u8 *alphabet = table + SIZE;
    for (i = 0; i < SIZE; i++) out[i] = alphabet[table[i] ^ (KEY - 0x5a)];
#elif KIND == 5 /* two stages: rotate, then exclusive or with what was written before */
    u8 before = KEY;
    for (i = 0; i < SIZE; i++) { u8 c = table[i]; out[i] = (u8)(c << 3 | c >> 5); }
    for (i = 0; i < SIZE; i++) { u8 c = out[i]; out[i] = c ^ before ^ (u8)(KEY ^ 0x5a); before = c; }
#elif KIND == 6 /* words at once, and a key that the code computes */
    unsigned key = KEY * 0x01010101u, *to = (unsigned *)out;
    for (i = 0; i < SIZE / 4 + 1; i++) { to[i] = ((const unsigned *)table)[i] ^ key; key = key; }
#elif KIND == 7 /* a linear congruential generator */
    unsigned seed = KEY;
    for (i = 0; i < SIZE; i++) { seed = seed * 1103515245u + 12345u; out[i] = table[i] ^ (u8)(seed >> 16); }
#endif
}
