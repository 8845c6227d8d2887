/** Address families in messages of the kernel, linux/socket.h. */

/** IPv4. */
export const AF_INET = 2;

/** IPv6. */
export const AF_INET6 = 10;
