(define (main) 0)
