package dev.caisson.virtio.device.blk;

/**
 * What a block device's driver and device exchange (VIRTIO 1.3, 5.2). A sector has 512 bytes, whatever the device's block size.
 *
 * <pre>
 *   request (5.2.6): a header to read, data to read or to write, a status to write
 *    0         4         8                   16
 *   +---------+---------+-------------------+-- … --+--------+
 *   | type    |(reserv.)| sector            | data  | status |
 *   +---------+---------+-------------------+-- … --+--------+
 *
 *   the data of discard and write-zeroes: segments of 16 bytes
 *    0                   8         12        16
 *   +-------------------+---------+---------+
 *   | sector            | sectors | flags   |
 *   +-------------------+---------+---------+
 *
 *   configuration (5.2.4)
 *    0                   8         12        16                  20
 *   +-------------------+---------+---------+-------------------+
 *   | capacity, sectors |size max | seg. max| (geometry)        |
 *   +---------+---------+---------+---------+----+----+---------+  36
 *   |blk size |exp|offs.|min io   | opt io  |wb  |(1) | queues  |
 *   +---------+----+----+---------+---------+----+----+---------+  60
 *   | discard: sectors, segments, align.    | zeroes: sectors, segments, may unmap
 *   +---------------------------------------+-------------------+
 * </pre>
 */
final class BlockDescriptor {

    static final int HEADER_BYTES = 16;
    static final int STATUS_BYTES = 1;
    static final int SECTOR_SHIFT = 9;
    static final int SECTOR_BYTES = 1 << SECTOR_SHIFT;
    static final int ID_BYTES = 20;
    static final int SEGMENT_BYTES = 16;

    static final int T_IN = 0;
    static final int T_OUT = 1;
    static final int T_FLUSH = 4;
    static final int T_GET_ID = 8;
    static final int T_DISCARD = 11;
    static final int T_WRITE_ZEROES = 13;

    static final int S_OK = 0;
    static final int S_IOERR = 1;
    static final int S_UNSUPP = 2;

    /** In a segment of write-zeroes: the space may be given back. */
    static final int SEGMENT_UNMAP = 1;

    static final long F_SEG_MAX = 1L << 2;
    static final long F_RO = 1L << 5;
    static final long F_BLK_SIZE = 1L << 6;
    static final long F_FLUSH = 1L << 9;
    static final long F_TOPOLOGY = 1L << 10;
    static final long F_CONFIG_WCE = 1L << 11;
    static final long F_MQ = 1L << 12;
    static final long F_DISCARD = 1L << 13;
    static final long F_WRITE_ZEROES = 1L << 14;

    static final int CONFIG_CAPACITY = 0;
    static final int CONFIG_SEG_MAX = 12;
    static final int CONFIG_BLK_SIZE = 20;
    static final int CONFIG_PHYSICAL_BLOCK_EXPONENT = 24;
    static final int CONFIG_MIN_IO_SIZE = 26;
    static final int CONFIG_OPT_IO_SIZE = 28;
    static final int CONFIG_WRITEBACK = 32;
    static final int CONFIG_NUM_QUEUES = 34;
    static final int CONFIG_MAX_DISCARD_SECTORS = 36;
    static final int CONFIG_MAX_DISCARD_SEGMENTS = 40;
    static final int CONFIG_DISCARD_ALIGNMENT = 44;
    static final int CONFIG_MAX_ZEROES_SECTORS = 48;
    static final int CONFIG_MAX_ZEROES_SEGMENTS = 52;
    static final int CONFIG_ZEROES_MAY_UNMAP = 56;
    static final int CONFIG_BYTES = 60;

    private BlockDescriptor() {}
}
