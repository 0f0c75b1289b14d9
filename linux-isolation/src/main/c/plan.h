/*
 * The launch plan as it travels, and what reads it.
 *
 *   plan    = header, operation[operation_count], data
 *
 *   header (32 bytes, little-endian as the machine)
 *   +-------------------------------+-------------------------------+
 *   | magic "CPLN"                  | version                       |   u32 u32
 *   +-------------------------------+-------------------------------+
 *   | operation_count               | data_length                   |   u32 u32
 *   +-------------------------------+-------------------------------+
 *   | first_fd_register             | fd_count                      |   u32 u32   passed descriptors land in
 *   +-------------------------------+-------------------------------+             first_fd_register + k
 *   | flags                         | reserved, 0                   |   u32 u32
 *   +-------------------------------+-------------------------------+
 *
 *   operation (96 bytes)
 *   +-------+-------+-------+-------+---------------+---------------+
 *   | code  | dst   | dst2  | skip  | tolerated     | label         |   u16 ×4, u8[4], u32
 *   +-------+-------+-------+-------+---------------+---------------+
 *   | kind[8]: 0 immediate, 1 register, 2 data                      |   u8 ×8
 *   +---------------------------------------------------------------+
 *   | value[8]                                                      |   i64 ×8
 *   +---------------------------------------------------------------+
 *   | reserved, 0                                                   |   u64
 *   +---------------------------------------------------------------+
 *
 * dst, dst2: a register or NO_REGISTER. tolerated: errnos (0 ends the list) after which the plan goes on, past the
 * next `skip` operations. label: offset in data of words for a failure that nobody but the container's own stderr
 * can be told of, or 0.
 *
 * Everything is checked before the first operation runs: lengths, codes, registers, kinds, offsets, strings' ends.
 */
